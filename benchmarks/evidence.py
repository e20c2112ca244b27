"""Documents a second: the prefilter, every stage, and all of it against the bare parser.

``vs_spacy`` is how many documents a second are read from bytes to claims, divided by how many
spaCy parses a second, on the same documents in the same run. Counted on our side: the prefilter,
decoding, blocks and dates of a document, its sketch for near-duplicates, the parse, and every rule
up to the finished claims. Not counted: reconciliation, files, and loading of model and pack.
Counted on the other side: ``nlp.pipe`` over the decoded texts with the whole pipeline but the name
recogniser, at the fastest of three batch sizes, its default among them. Both are processor time of
one core; a turn of ours stands between two of spaCy's and is compared with their mean, and the
median of all turns counts. The documents are the shared reports and seeds where they are there, and
made ones where not; every one of them speaks of the subject, nearly every sentence tells something:
nothing of them can be skipped.

``prefilter_mb_per_s`` is taken on made news of which one document in 200 speaks of the subject.

With ``--synthetic N`` (a million: ``--million``) a collection of N made documents, one in 200 of
them about the subject, is taken into a store and read by two processes; both commands are killed
(SIGKILL) half way and repeated. Counted are documents and claims lost or doubled, and the largest
memory that all processes held together.

Usage: python -m benchmarks.evidence [--json] [--keep] [--million | --synthetic N]
                                     [--workers W] [--seed S]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.collection import article, measure_store, miss_text
from benchmarks.record import finish

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PACK = "rare_earth_magnets"
N_RUNS = 7
BARE_BATCHES = (16, 32, 1000)
"""Documents that the bare parser takes at a time; 1000 is its default, the fastest counts."""

N_TIMES = 3
"""How often the few reports are repeated: a shard of a store has hundreds."""

MEGABYTE = 1e6
MILLION = 1_000_000


def items() -> tuple[list[Any], str]:
    """Documents of which every one speaks of the subject."""
    from coercivity.documents.items import Item

    files = [
        path
        for folder in (SHARED / "documents-dev", SHARED / "seeds")
        if folder.is_dir()
        for path in sorted(folder.iterdir())
    ]
    if files:
        found = [Item(path.read_bytes(), path.name) for path in files]
        return found * N_TIMES, f"shared reports and seeds, {N_TIMES} times"
    made = [Item(article(seed).encode(), f"{seed:03d}.txt") for seed in range(40 * N_TIMES)]
    return made, "made reports"


def seconds(call: Callable[[], Any]) -> float:
    """Processor time of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def best(calls: dict[str, Callable[[], Any]], n_runs: int = N_RUNS) -> dict[str, float]:
    """Smallest time of each call; the calls take turns, so that a busy machine hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(n_runs):
        for name, call in calls.items():
            times[name].append(seconds(call))
    return {name: min(found) for name, found in times.items()}


def in_turns(
    bare: Callable[[], Any], whole: Callable[[], Any]
) -> tuple[list[float], list[float], list[float]]:
    """Ratios of times taken one right after the other, and the times: what else runs hits both."""
    ratios, bare_times, whole_times = [], [seconds(bare)], []
    for _ in range(N_RUNS):
        whole_times.append(seconds(whole))
        bare_times.append(seconds(bare))
        ratios.append((bare_times[-2] + bare_times[-1]) / 2 / whole_times[-1])
    return ratios, bare_times, whole_times


def exhausted(things: Iterable[Any]) -> int:
    return sum(1 for _ in things)


def measure_reading() -> dict[str, Any]:
    """Throughput of every stage and of the bare parser on the same documents."""
    from coercivity.catalogue import open_pack
    from coercivity.claims.parsing import load_parser
    from coercivity.claims.reading import read_many
    from coercivity.claims.selecting import prefilter_of
    from coercivity.claims.shards import claims_of
    from coercivity.claims.vocabulary import load_vocabulary
    from coercivity.documents.items import read_item
    from coercivity.documents.records import document_row

    vocabulary, parser = load_vocabulary(open_pack(PACK)), load_parser()
    if parser is None:
        raise SystemExit("the parser is not installed: pip install 'coercivity[news]'")
    prefilter = prefilter_of(vocabulary)
    given, name = items()
    hits = [item for item, is_hit in zip(given, _hits(prefilter, given), strict=True) if is_hit]
    documents = [read_item(item) for item in hits]
    texts = [document.text for document in documents]

    def whole() -> None:
        _hits(prefilter, hits)
        read = [read_item(item) for item in hits]
        for document in read:
            document_row(document)
        exhausted(claims_of(read, vocabulary))

    bare_calls = {str(size): _bare(parser, texts, size) for size in BARE_BATCHES}
    whole()
    warm = best(bare_calls, 2)
    fastest = min(warm, key=lambda size: warm[size])
    bare = bare_calls[fastest]
    ratios, bare_times, whole_times = in_turns(bare, whole)
    stages = best(
        {
            "prefilter": lambda: _hits(prefilter, hits),
            "read": lambda: [read_item(item) for item in hits],
            "sketch": lambda: [document_row(document) for document in documents],
            "tag": lambda: exhausted(read_many(documents, vocabulary, None)),
            "parse_and_tag": lambda: exhausted(read_many(documents, vocabulary, parser)),
            "parse_tag_and_draft": lambda: exhausted(claims_of(documents, vocabulary)),
        },
        2,
    )
    return {
        "documents": name,
        "n_documents": len(given),
        "n_hits": len(hits),
        "characters": sum(map(len, texts)),
        "vs_spacy": round(median(ratios), 3),
        "vs_spacy_all": [round(ratio, 3) for ratio in sorted(ratios)],
        "docs_per_s": round(len(hits) / min(whole_times), 1),
        "spacy_batch_size": int(fastest),
        "spacy_docs_per_s": round(len(hits) / min(bare_times), 1),
        "stages_docs_per_s": {name: round(len(hits) / spent, 1) for name, spent in stages.items()},
        "words_per_s": round(sum(len(text.split()) for text in texts) / min(whole_times)),
    }


def _bare(parser: Any, texts: list[str], size: int) -> Callable[[], int]:
    return lambda: exhausted(parser.pipe(texts, batch_size=size))


def _hits(prefilter: Any, given: list[Any]) -> list[bool]:
    found: list[bool] = prefilter.hits([item.data for item in given])
    return found


def measure_prefilter(seed: int) -> dict[str, Any]:
    """Megabytes a second on made news, of which one document in 200 speaks of the subject."""
    from coercivity.catalogue import open_pack
    from coercivity.claims.selecting import prefilter_of
    from coercivity.claims.vocabulary import load_vocabulary

    prefilter = prefilter_of(load_vocabulary(open_pack(PACK)))
    texts = [
        (article(number) if number % 200 == 0 else miss_text(number, seed)).encode()
        for number in range(12_000)
    ]
    n_bytes = sum(map(len, texts))
    spent = best({"prefilter": lambda: prefilter.hits(texts)}, 3)["prefilter"]
    return {
        "prefilter_mb_per_s": round(n_bytes / MEGABYTE / spent, 1),
        "prefilter_megabytes": round(n_bytes / MEGABYTE, 1),
        "prefilter_docs_per_s": round(len(texts) / spent),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object (always so)")
    parser.add_argument("--keep", action="store_true", help="write results/evidence.json too")
    parser.add_argument("--synthetic", type=int, default=0, metavar="N", help="made documents")
    parser.add_argument(
        "--million", dest="synthetic", action="store_const", const=MILLION, help="of them"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that read")
    parser.add_argument("--seed", type=int, default=1, help="of the made documents")
    given = parser.parse_args()
    if given.synthetic:
        result = measure_store(given.synthetic, workers=given.workers, seed=given.seed)
        finish("evidence_store", result)
        if not result["complete"]:
            sys.exit("documents or claims were lost or doubled")
        return
    finish("evidence", {**measure_reading(), **measure_prefilter(given.seed)})


if __name__ == "__main__":
    main()
