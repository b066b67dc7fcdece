// A bot by npm `telegraf`: node telegraf.js API TOKEN [SECRET], with a secret by webhooks. What it says is in chores.js.
import { createServer } from "node:http";
import { Telegraf } from "telegraf";
import { ALLOWED, chores, tell } from "./chores.js";

const [api, token, secret] = process.argv.slice(2);
const bot = new Telegraf(token, { telegram: { apiRoot: api, webhookReply: false } });

function told(error) {
    return { code: error.code, text: error.description, retry_after: error.parameters?.retry_after };
}

const chat = (ctx) => ({
    say: (text, more) => ctx.telegram.sendMessage(ctx.chat.id, text, more),
    edit: (message, text) => ctx.telegram.editMessageText(ctx.chat.id, message, undefined, text),
    erase: (message) => ctx.telegram.deleteMessage(ctx.chat.id, message),
    react: (message, emoji) => ctx.telegram.setMessageReaction(ctx.chat.id, message, [{ type: "emoji", emoji }]),
    photo: (file, caption) => ctx.telegram.sendPhoto(ctx.chat.id, file, { caption }),
    document: (file) => ctx.telegram.sendDocument(ctx.chat.id, file),
    upload: (source, filename) => ctx.telegram.sendDocument(ctx.chat.id, { source, filename }),
    title: (text) => ctx.telegram.setChatTitle(ctx.chat.id, text),
    told,
});

bot.on("text", (ctx) => chores(ctx.message, chat(ctx)));
bot.on("edited_message", (ctx) => chat(ctx).say(`edited: ${ctx.editedMessage.text}`));
bot.on("message_reaction", (ctx) => chat(ctx).say(`reacted: ${ctx.messageReaction.new_reaction[0].emoji}`));
bot.on("channel_post", (ctx) => chat(ctx).say(`posted: ${ctx.channelPost.text}`));
bot.on("my_chat_member", (ctx) => chat(ctx).say(`now: ${ctx.myChatMember.new_chat_member.status}`));
bot.on("callback_query", async (ctx) => {
    await ctx.answerCbQuery();
    await chat(ctx).say(`pressed: ${ctx.callbackQuery.data}`);
});

if (secret) {
    bot.botInfo = await bot.telegram.getMe();
    const server = createServer(bot.webhookCallback("/hook", { secretToken: secret }));
    server.listen(0, "127.0.0.1", async () => {
        const url = `http://127.0.0.1:${server.address().port}/hook`;
        await bot.telegram.setWebhook(url, { secret_token: secret, allowed_updates: ALLOWED });
        tell({ type: "started", username: bot.botInfo.username, url });
    });
} else {
    bot.launch({ allowedUpdates: ALLOWED }, () => tell({ type: "started", username: bot.botInfo.username }))
        .catch((error) => tell({ type: "stopped", ...told(error) }));
}
process.stdin.on("end", () => process.exit(0)).resume();
