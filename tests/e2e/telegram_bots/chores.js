// What a bot does when it is told to, whichever library it is of.
export const ALLOWED = ["message", "edited_message", "channel_post", "message_reaction", "callback_query",
    "my_chat_member"];

export function tell(what) {
    console.log(JSON.stringify(what));
}

export async function chores(message, chat) {
    const [verb, ...rest] = message.text.split(" ");
    const text = rest.join(" ");
    try {
        if (verb === "say") await chat.say(text);
        else if (verb === "answer") await chat.say(text, { reply_parameters: { message_id: message.message_id } });
        else if (verb === "bold") await chat.say(text, { entities: [{ type: "bold", offset: 0, length: text.length }] });
        else if (verb === "repeat") await chat.say("x".repeat(Number(text)));
        else if (verb === "react") await chat.react(message.message_id, text);
        else if (verb === "photo") await chat.photo(text, "a caption");
        else if (verb === "document") await chat.document(text);
        else if (verb === "upload") await chat.upload(Buffer.from(text), "a.txt");
        else if (verb === "title") await chat.title(text);
        else if (verb === "edit") await chat.edit((await chat.say("before")).message_id, text);
        else if (verb === "delete") await chat.erase((await chat.say(text)).message_id);
    } catch (error) {
        tell({ type: "failed", ...chat.told(error) });
    }
}
