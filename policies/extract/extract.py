"""The door of the package: a Document in, everything read from it out."""

from __future__ import annotations

import re
from typing import Final

from policies.extract.commitments import measures_of
from policies.extract.metadata import metadata_of
from policies.extract.result import Extraction
from policies.extract.schemes import scheme_of
from policies.extract.sections import sections_of
from policies.extract.tables import table_sections
from policies.read.document import Document
from policies.split.outline import outline
from policies.split.parts import documents_in

_FRAMEWORK: Final = re.compile(
    r"规划|意见|工作报告|工作汇报|纲要|提纲|行动计划|行动方案|报告$|讲话|推进.{2,30}建设|工作方案|工作要点"
)


def extract_document(document: Document) -> Extraction:
    """Read one document. Deterministic; every leaf, benefit and measure quotes ``document.text``."""
    metadata = metadata_of(document)
    root = outline(document)
    sections = table_sections(document, root) or sections_of(document, root, metadata.title)
    framework = _FRAMEWORK.search(metadata.title) is not None and not any(not section.whole for section in sections)
    schemes = () if framework else tuple(scheme_of(document, section, metadata) for section in sections)
    measures = measures_of(document, root, metadata) if framework else ()
    return Extraction(
        metadata=metadata,
        schemes=schemes,
        measures=measures,
        text=document.text,
        origin=document.origin,
        sha256=document.sha256,
        warnings=document.warnings,
    )


def extract_source(document: Document) -> tuple[Extraction, ...]:
    """Read every document that one file holds."""
    return tuple(extract_document(part) for part in documents_in(document))
