"""The peer: Django Channels' own generic consumers. Echo servers, asynchronous at /echo and synchronous at /sync; at
/group, what one says comes to all that are there, through the channel layer in memory.

Usage: python3 -m daphne -b 127.0.0.1 -p PORT --verbosity 0 server:application
"""

import django
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path

settings.configure(DEBUG=False, SECRET_KEY="only for the bench", LOGGING_CONFIG=None,
                   CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}})
django.setup()


class AsyncEcho(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data, bytes_data=bytes_data)


class SyncEcho(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        self.send(text_data=text_data, bytes_data=bytes_data)


class Group(AsyncWebsocketConsumer):
    groups = ["bench"]

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send("bench", {"type": "said", "text": text_data})

    async def said(self, event):
        await self.send(text_data=event["text"])


application = ProtocolTypeRouter({"websocket": URLRouter([
    path("echo", AsyncEcho.as_asgi()),
    path("sync", SyncEcho.as_asgi()),
    path("group", Group.as_asgi()),
])})
