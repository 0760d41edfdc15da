# Opens COUNT connections from 127.0.0.1, again where they are closed, and scrapes /healthz from 127.0.0.2 every second.
import selectors, socket, ssl, sys, threading, time

port, count, seconds, mode = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
end = time.time() + seconds
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
opened = 0


def flood():
    global opened
    waiting = selectors.DefaultSelector()

    def connect():
        global opened
        client = socket.socket()
        client.setblocking(False)
        try:
            client.connect(("127.0.0.1", port))
        except BlockingIOError:
            pass
        opened += 1
        waiting.register(client, selectors.EVENT_READ)

    for _ in range(count):
        connect()
    while time.time() < end:
        for key, _ in waiting.select(0.2):
            try:
                if key.fileobj.recv(65536):
                    continue
            except OSError:
                pass
            waiting.unregister(key.fileobj)
            key.fileobj.close()
            connect()
        time.sleep(0.001)


threading.Thread(target=flood, daemon=True).start()
time.sleep(1)
answered, failed, slowest = 0, 0, 0
while time.time() < end:
    start = time.time()
    try:
        client = socket.create_connection(("127.0.0.1", port), 5, source_address=("127.0.0.2", 0))
        if mode == "tls":
            client = context.wrap_socket(client, server_hostname="localhost")
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answered += client.recv(100).startswith(b"HTTP/1.1 200")
        client.close()
        slowest = max(slowest, time.time() - start)
    except OSError:
        failed += 1
    time.sleep(max(0, 1 - (time.time() - start)))
print(f"{opened} opened; other address: {answered} of {answered + failed} answered, slowest {slowest * 1000:.0f} ms")
