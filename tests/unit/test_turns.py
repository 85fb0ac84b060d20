"""Who works at a time, and that whoever waits for the network keeps nobody from working."""

import ipaddress
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reviews.errors import ReviewsError
from reviews.fetcher import Fetcher, FetchPolicy
from reviews.turns import Turns, lent

WAIT_SECONDS = 20
THREADS = 6


def run_in_threads(task: Callable[[], object], count: int = THREADS) -> list[object]:
    """What each of so many threads gave; raises what the first of them raised."""
    with ThreadPoolExecutor(count) as pool:
        return [each.result(WAIT_SECONDS) for each in [pool.submit(task) for _ in range(count)]]


@pytest.mark.parametrize("places", [1, 2, 3])
def test_as_many_work_at_a_time_as_there_are_places_and_no_more(places: int):
    turns, together = Turns(places), threading.Barrier(places)
    lock, now, most = threading.Lock(), 0, 0

    def work() -> bool:
        nonlocal now, most
        with turns.taken():
            with lock:
                now += 1
                most = max(most, now)
            together.wait(WAIT_SECONDS)  # only so many can meet here
            with lock:
                now -= 1
        return True

    assert run_in_threads(work, 2 * 3) == [True] * 6
    assert most == places


def test_turn_that_is_lent_lets_another_work_and_comes_back():
    turns, others_turn = Turns(1), threading.Event()
    order = []

    def other() -> None:
        with turns.taken():
            order.append("other")
            others_turn.set()

    with turns.taken():
        thread = threading.Thread(target=other)
        thread.start()
        with lent():
            assert others_turn.wait(WAIT_SECONDS)
        order.append("one")
    thread.join(WAIT_SECONDS)
    assert order == ["other", "one"]


def test_error_inside_gives_the_turn_back():
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ReviewsError), turns.taken(), lent():
            raise ReviewsError("it failed")

    def work() -> bool:
        with turns.taken():
            return True

    assert run_in_threads(work) == [True] * THREADS


def test_who_holds_no_turn_lends_none():
    turns = Turns(1)

    def is_free() -> bool:
        return turns._free.acquire(blocking=False)

    def wait_elsewhere() -> bool:
        with lent():
            return is_free()

    with turns.taken():
        assert run_in_threads(wait_elsewhere, 1) == [False]
        with lent():
            assert run_in_threads(is_free, 1) == [True]
            turns._free.release()


def test_all_threads_are_at_the_platform_together_though_one_works_at_a_time():
    all_here = threading.Barrier(THREADS)

    class Late(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            all_here.wait(WAIT_SECONDS)  # no answer before all have asked
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Late)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    policy = FetchPolicy(
        user_agent="Test/1", allow_private_nets=(ipaddress.ip_network("127.0.0.0/8"),), allow_ports=(port,)
    )
    fetcher, turns = Fetcher(policy), Turns(1)

    def work() -> bytes:
        with turns.taken():
            return fetcher.fetch(f"http://127.0.0.1:{port}/", obey_robots=False).body

    try:
        assert run_in_threads(work) == [b"ok"] * THREADS
    finally:
        server.shutdown()
        server.server_close()
