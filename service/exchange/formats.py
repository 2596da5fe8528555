"""Every format that can be exported: its name, media type, file name and writer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from service.exchange.json_lines import as_json_lines
from service.exchange.oscal_catalogs import as_catalog, as_practices
from service.exchange.oscal_common import CATALOG_FILE, PRACTICES_FILE
from service.exchange.oscal_component import as_component
from service.exchange.oscal_mapping import as_mapping
from service.exchange.selection import Material
from service.exchange.self_assessment_workbook import as_self_assessment
from service.exchange.sssom_writing import as_sssom
from service.exchange.trace_matrix import as_csv
from service.exchange.trace_workbook import as_workbook
from service.exchange.wording import one_line

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OSCAL: Final = "application/json"
_SCOPE: Final = 50  # characters: with three bytes each, the name stays below 255
_FORBIDDEN: Final = str.maketrans(dict.fromkeys('/\\:*?"<>|“”', "-"))


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is given out. file: its name, `{scope}` and `{date}` to be filled; ascii: one for old clients."""

    name: str
    what: str
    media_type: str
    file: str
    ascii: str
    write: Callable[[Material], Iterator[bytes]]

    def file_name(self, material: Material) -> str:
        scope = one_line(material.scope).translate(_FORBIDDEN).strip("-. ")[:_SCOPE].rstrip("-. ")
        return self.file.format(scope=scope, date=material.about.at.strftime("%Y%m%d"))


FORMATS: Final = {
    one.name: one
    for one in (
        Format("csv", "对照表", "text/csv; charset=utf-8", "对照表-{scope}-{date}.csv", "trace.csv", as_csv),
        Format("xlsx", "对照表（Excel）", _XLSX, "对照表-{scope}-{date}.xlsx", "trace.xlsx", as_workbook),
        Format(
            "jsonl",
            "做法全文及佐证",
            "application/jsonl",
            "做法-{scope}-{date}.jsonl",
            "practices.jsonl",
            as_json_lines,
        ),
        Format(
            "sssom",
            "SSSOM 1.1 对应表",
            "text/tab-separated-values; charset=utf-8",
            "对应-{scope}-{date}.sssom.tsv",
            "zhiwen.sssom.tsv",
            as_sssom,
        ),
        Format("oscal-catalog", "OSCAL 要求要点目录", _OSCAL, CATALOG_FILE, CATALOG_FILE, as_catalog),
        Format("oscal-practices", "OSCAL 做法目录", _OSCAL, PRACTICES_FILE, PRACTICES_FILE, as_practices),
        Format("oscal-mapping", "OSCAL 对应集", _OSCAL, "oscal-mapping.json", "oscal-mapping.json", as_mapping),
        Format(
            "oscal-component", "OSCAL 构件定义", _OSCAL, "oscal-component.json", "oscal-component.json", as_component
        ),
        Format(
            "self-assessment",
            "对标自评表（Excel）",
            _XLSX,
            "对标自评表-{scope}-{date}.xlsx",
            "self-assessment.xlsx",
            as_self_assessment,
        ),
    )
}
