"""Several workers on one PostgreSQL database: each job once, a silent worker's job taken over."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from audit import jobs
from audit.models import Ad, Job, Run
from audit.workers import workers_alive
from tests.contract.store import Store
from tests.crawler.site_server import SiteServer
from tests.e2e.clockwork import Clockwork, fetched, ring, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

SITES = 4


@pytest.fixture
def machines(postgres_store: Store) -> Iterator[Clockwork]:
    clockwork = Clockwork(postgres_store)
    yield clockwork
    clockwork.close()


def test_workers_share_the_jobs_and_take_over_from_a_silent_one(machines: Clockwork) -> None:
    now = datetime.now(UTC)
    servers = [SiteServer(ring(4)) for _ in range(SITES)]
    for number, server in enumerate(servers):
        server.__enter__()
        site = machines.add_site(server, f"site-{number}")
        jobs.request_crawl(site, by="guanli", now=now)
    silent = jobs.lease_next("elsewhere/1/1", now)
    assert silent is not None
    Job.objects.filter(pk=silent.pk).update(lease_until=now + timedelta(seconds=8))
    try:
        for _ in range(3):
            machines.start("--workers", "1")
        wait_for(lambda: len(workers_alive(datetime.now(UTC))) == 3)
        wait_for(lambda: not Job.objects.exclude(state="done").exists())
    finally:
        for server in servers:
            server.__exit__(None, None, None)

    attempts = dict(Job.objects.values_list("pk", "attempts"))
    assert attempts.pop(silent.pk) == 2
    assert set(attempts.values()) == {1}
    assert Run.objects.filter(outcome="done").count() == SITES
    assert [max(server.hits.values()) for server in servers] == [1] * SITES
    assert Ad.objects.count() == SITES * 5


def test_worker_outlives_a_restart_of_the_database(machines: Clockwork) -> None:
    server = machines.store.server
    assert server is not None
    with SiteServer(ring(12, seconds=0.3)) as served:
        site = machines.add_site(served)
        jobs.request_crawl(site, by="guanli", now=datetime.now(UTC))
        worker = machines.start()
        wait_for(lambda: fetched() > 1)

        connection.close()
        server.restart()

        wait_for(lambda: Job.objects.get().state == "done")
        assert worker.poll() is None
        assert machines.kill(worker, signal.SIGTERM) == 0
    assert Job.objects.get().attempts == 1
    assert Ad.objects.count() == 13
