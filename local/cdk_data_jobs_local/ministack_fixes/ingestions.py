"""Ingestions into knowledge bases of Amazon Bedrock.

Real ingestions (API reference, "StartIngestionJob", "StopIngestionJob" and "IngestionJob"; quotas: General Reference,
"Amazon Bedrock endpoints and quotas"):

- take time, and have counts and reasons of failures, and their documents in the knowledge base, when they have ended;
- are refused while another one of the knowledge base runs, or five of the account in the Region;
- begin once for a client token;
- are incremental: they remove documents that are gone, and index those that are new or have changed.

MiniStack 1.5.33 ends them at once, refuses none, ignores the token, removes nothing, counts documents that have not
changed as modified, and stops jobs that have ended.

Here a job advances when Bedrock is called next, and reads the documents that are there then. AWS documents neither
which error a sixth job gets, nor what the errors say, nor that a job that has ended cannot be stopped.

Needed as long as this test fails without it:
`test_ingestions.py::test_an_ingestion_takes_time_and_has_its_results_at_its_end`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from ministack.services import bedrock_agent, bedrock_agent_runtime, s3

from cdk_data_jobs_local.account_settings import AccountSettings
from cdk_data_jobs_local.clock import Clock, iso

MAX_RUNNING = 5
"""How many ingestions may run in an account and Region."""

_STARTING = 0.25
"""Which part of its time a job is STARTING."""

_RUNNING = ("STARTING", "IN_PROGRESS")
_Job = dict[str, Any]
_Read = Callable[[str, str, _Job], tuple[dict[str, int], list[str]]]


def patch(clock: Clock, settings: AccountSettings) -> None:
    """Makes MiniStack's ingestions run as real ones do, on this clock."""
    start_job, stop_job = bedrock_agent._start_ingestion_job, bedrock_agent._stop_ingestion_job
    read: _Read = bedrock_agent._run_s3_ingestion

    def read_nothing(knowledge_base: str, source: str, _: _Job) -> tuple[dict[str, int], list[str]]:
        counts_of_nothing, _reasons = read(knowledge_base, source, {})
        return counts_of_nothing, []

    def start(knowledge_base: str, source: str, body: bytes) -> Any:
        token = (bedrock_agent._parse_body(body)[0] or {}).get("clientToken")
        if early := _begun(knowledge_base, source, token) or _refusal(knowledge_base):
            return early
        response = start_job(knowledge_base, source, body)
        if response[0] == HTTPStatus.ACCEPTED:
            job = json.loads(response[2])["ingestionJob"]["ingestionJobId"]
            bedrock_agent._ingestion_jobs[f"{knowledge_base}/{source}/{job}"].update(
                Status="STARTING", ClientToken=token
            )
        return response

    def stop(knowledge_base: str, source: str, job_id: str) -> Any:
        job = bedrock_agent._ingestion_jobs.get(f"{knowledge_base}/{source}/{job_id}")
        if job and job["Status"] not in _RUNNING:
            return bedrock_agent._conflict(f"Ingestion job {job_id} has ended: {job['Status']}")
        return stop_job(knowledge_base, source, job_id)

    bedrock_agent._run_s3_ingestion = read_nothing
    bedrock_agent._start_ingestion_job = start
    bedrock_agent._stop_ingestion_job = stop
    for service in (bedrock_agent, bedrock_agent_runtime):
        _advance_first(service, lambda: _advance(clock.now(), settings.ingesting, read))


def _advance_first(service: Any, advance: Callable[[], None]) -> None:
    """Lets a service do what is due before it handles a request."""
    handle_request = service.handle_request

    async def handle(*request: Any) -> Any:
        advance()
        return await handle_request(*request)

    service.handle_request = handle


def _begun(knowledge_base: str, source: str, token: str | None) -> Any:
    """Returns the response with the job that a client token has begun; None if it has begun none."""
    for job in bedrock_agent._ingestion_jobs.values():
        begun_for = job["KnowledgeBaseId"], job["DataSourceId"], job["ClientToken"]
        if token and begun_for == (knowledge_base, source, token):
            return bedrock_agent._json({"IngestionJob": job}, status=HTTPStatus.ACCEPTED)
    return None


def _refusal(knowledge_base: str) -> Any:
    """Returns the error for a job that may not run now; None if it may."""
    running = [job for job in bedrock_agent._ingestion_jobs.values() if job["Status"] in _RUNNING]
    for job in running:
        if job["KnowledgeBaseId"] == knowledge_base:
            return bedrock_agent._conflict(
                f"Ingestion job {job['IngestionJobId']} of knowledge base {knowledge_base} is still running"
            )
    if len(running) >= MAX_RUNNING:
        message = f"{len(running)} ingestion jobs of the account are running, and more are not allowed"
        return bedrock_agent._error("ServiceQuotaExceededException", message, HTTPStatus.PAYMENT_REQUIRED)
    return None


def _advance(now: float, duration: float, read: _Read) -> None:
    """Gives the jobs of the request's account and Region the state that they have at a time."""
    for job in bedrock_agent._ingestion_jobs.values():
        if job["Status"] not in _RUNNING:
            continue
        started = datetime.fromisoformat(job["StartedAt"].replace("Z", "+00:00")).timestamp()
        if now >= started + duration:
            job.update(_ingest(job["KnowledgeBaseId"], job["DataSourceId"], read), UpdatedAt=iso(started + duration))
        elif now >= started + duration * _STARTING:
            job.update(Status="IN_PROGRESS", UpdatedAt=iso(started + duration * _STARTING))


def _ingest(knowledge_base: str, source: str, read: _Read) -> _Job:
    """Makes a knowledge base know the documents of a data source; returns what the job then has."""
    texts, place = bedrock_agent._kb_document_texts, f"{knowledge_base}/{source}/"
    before = {key: text for key, text in texts.items() if key.startswith(place)}
    counts, reasons = read(knowledge_base, source, bedrock_agent._data_sources.get(place.rstrip("/"), {}))
    if reasons and not counts["NumberOfDocumentsScanned"]:
        return {"Status": "FAILED", "Statistics": counts, "FailureReasons": reasons}
    gone = [key for key, text in before.items() if not _exists(text["Uri"])]
    for key in gone:
        del texts[key]
        bedrock_agent._kb_documents.pop(key, None)
    modified = sum(texts[key] != text for key, text in before.items() if key not in gone)
    counts |= {"NumberOfDocumentsDeleted": len(gone), "NumberOfModifiedDocumentsIndexed": modified}
    return {"Status": "COMPLETE", "Statistics": counts, "FailureReasons": reasons}


def _exists(uri: str) -> bool:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return key in s3._buckets.get(bucket, {"objects": {}})["objects"]
