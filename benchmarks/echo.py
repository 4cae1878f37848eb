"""An echo server on gevent and the sans-IO protocol of ``websockets``, a greenlet a connection.

``python -m benchmarks.echo`` prints its port.
"""

from __future__ import annotations

from gevent import socket
from gevent.server import StreamServer
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

_CHUNK = 4096


def _attend(sock: socket.socket, _address: object) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    protocol = ServerProtocol()
    while data := sock.recv(_CHUNK):
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                protocol.send_text(event.data)
        sock.sendall(b"".join(protocol.data_to_send()))


def main() -> None:
    server = StreamServer(("127.0.0.1", 0), _attend, backlog=4096)
    server.start()
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
