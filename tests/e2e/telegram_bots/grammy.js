// A bot by npm `grammy`: node grammy.js API TOKEN [SECRET], with a secret by webhooks. What it says is in chores.js.
import { createServer } from "node:http";
import { Bot, InputFile, webhookCallback } from "grammy";
import { ALLOWED, chores, tell } from "./chores.js";

const [api, token, secret] = process.argv.slice(2);
const bot = new Bot(token, { client: { apiRoot: api } });

function told(error) {
    return { code: error.error_code, text: error.description, retry_after: error.parameters?.retry_after };
}

const chat = (ctx) => ({
    say: (text, more) => ctx.api.sendMessage(ctx.chat.id, text, more),
    edit: (message, text) => ctx.api.editMessageText(ctx.chat.id, message, text),
    erase: (message) => ctx.api.deleteMessage(ctx.chat.id, message),
    react: (message, emoji) => ctx.api.setMessageReaction(ctx.chat.id, message, [{ type: "emoji", emoji }]),
    photo: (file, caption) => ctx.api.sendPhoto(ctx.chat.id, file, { caption }),
    document: (file) => ctx.api.sendDocument(ctx.chat.id, file),
    upload: (bytes, name) => ctx.api.sendDocument(ctx.chat.id, new InputFile(bytes, name)),
    title: (text) => ctx.api.setChatTitle(ctx.chat.id, text),
    told,
});

bot.on("message:text", (ctx) => chores(ctx.message, chat(ctx)));
bot.on("edited_message:text", (ctx) => chat(ctx).say(`edited: ${ctx.editedMessage.text}`));
bot.on("message_reaction", (ctx) => chat(ctx).say(`reacted: ${ctx.messageReaction.new_reaction[0].emoji}`));
bot.on("channel_post:text", (ctx) => chat(ctx).say(`posted: ${ctx.channelPost.text}`));
bot.on("my_chat_member", (ctx) => chat(ctx).say(`now: ${ctx.myChatMember.new_chat_member.status}`));
bot.on("callback_query:data", async (ctx) => {
    await ctx.answerCallbackQuery();
    await chat(ctx).say(`pressed: ${ctx.callbackQuery.data}`);
});

if (secret) {
    await bot.init();
    const server = createServer(webhookCallback(bot, "http", { secretToken: secret }));
    server.listen(0, "127.0.0.1", async () => {
        const url = `http://127.0.0.1:${server.address().port}/hook`;
        await bot.api.setWebhook(url, { secret_token: secret, allowed_updates: ALLOWED });
        tell({ type: "started", username: bot.botInfo.username, url });
    });
} else {
    bot.start({
        allowed_updates: ALLOWED,
        onStart: (me) => tell({ type: "started", username: me.username }),
    }).catch((error) => tell({ type: "stopped", ...told(error) }));
}
process.stdin.on("end", () => process.exit(0)).resume();
