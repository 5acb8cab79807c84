"""A web server on loopback that answers as badly as a test wants it to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = Callable[[socket.socket], None]


@dataclass
class Server:
    """Where the server is, and the requests that it was sent."""

    url: str
    port: int
    requests: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


def body(text: bytes | str, status: str = "200 OK", *headers: str) -> Answer:
    """Return an ordinary answer."""
    raw = text.encode() if isinstance(text, str) else text
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers, "", "")).encode()
    return lambda connection: connection.sendall(head + raw)


@contextmanager
def serving(answer: Answer, host: str = "127.0.0.1") -> Iterator[Server]:
    """Answer every request with `answer`, each in a thread of its own."""
    with socket.create_server((host, 0)) as listener:
        port = listener.getsockname()[1]
        server = Server(f"http://{host}:{port}/jwks", port)

        def one(connection: socket.socket) -> None:
            with connection:
                server.requests.append(connection.recv(65536).decode("latin-1"))
                try:
                    answer(connection)
                except OSError:
                    server.stop.set()  # the other side has hung up, which is what some tests are about

        def run() -> None:
            while not server.stop.is_set():
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=[connection], daemon=True).start()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
