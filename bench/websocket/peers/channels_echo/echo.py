"""The peer: Django Channels' own generic consumers as echo servers, asynchronous at /echo and synchronous at /sync.

Usage: python3 -m daphne -b 127.0.0.1 -p PORT --verbosity 0 echo:application
"""

import django
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path

settings.configure(DEBUG=False, SECRET_KEY="only for the bench", LOGGING_CONFIG=None)
django.setup()


class AsyncEcho(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data, bytes_data=bytes_data)


class SyncEcho(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        self.send(text_data=text_data, bytes_data=bytes_data)


application = ProtocolTypeRouter(
    {"websocket": URLRouter([path("echo", AsyncEcho.as_asgi()), path("sync", SyncEcho.as_asgi())])}
)
