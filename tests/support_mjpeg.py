# SPDX-License-Identifier: Apache-2.0
"""A real MJPEG server on loopback: it sends, stalls, dies and comes back."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

FPS = 50


def bar(number):
    """A red picture that shows its number as a bar, as JPEG."""
    pixels = np.full((120, 160, 3), (0, 0, 255), np.uint8)  # red, as OpenCV has it
    pixels[:60, : number % 160] = 255
    return cv2.imencode(".jpg", pixels)[1].tobytes()


class MjpegServer(ThreadingHTTPServer):
    """Sends the frames that `draw` gives for their numbers, `FPS` a second, until told otherwise."""

    daemon_threads = True

    def __init__(self, draw=bar, port=0):
        super().__init__(("127.0.0.1", port), MjpegHandler)
        self.draw = draw
        self.sent = 0
        self.flowing = threading.Event()
        self.flowing.set()
        self.closing = threading.Event()

    @property
    def address(self):
        return f"http://admin:hunter2@127.0.0.1:{self.server_port}/cam"


class MjpegHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            while not self.server.closing.is_set():
                self.server.flowing.wait(0.1) and self.send_frame()
        except OSError:
            pass  # the camera went away

    def send_frame(self):
        jpeg = self.server.draw(self.server.sent)
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        self.wfile.write(head.encode() + jpeg + b"\r\n")
        self.server.sent += 1
        time.sleep(1 / FPS)

    def log_message(self, *args):
        pass
