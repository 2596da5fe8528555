"""Why a file could not be read or may not be kept: stable codes, and what to do about it in Chinese."""

from typing import Final

SUPPORTED: Final = "docx、txt、md、csv、xlsx、jsonl"

# code → (what is the matter, what to do); the place comes between them where one is known.
REASONS: Final[dict[str, tuple[str, str]]] = {
    "not_found": ("找不到文件", "请检查路径和文件名"),
    "is_directory": ("这是文件夹，不是文件", "请指定文件夹中的文件，或在命令行中对文件夹使用 zhiwen ingest"),
    "not_a_file": ("这不是普通文件（可能是管道、设备或循环的链接）", "请把内容另存为普通文件后重试"),
    "not_readable": ("文件无法读取", "请检查文件的读取权限、所在磁盘或网络位置后重试"),
    "empty_file": ("文件是空的（0 字节）", "请确认文件已完整保存或传输后重试"),
    "too_large": ("文件太大", "请拆分成较小的文件，或删去图片等与正文无关的内容后重试"),
    "unsupported_format": ("暂不支持这种格式", f"目前支持 {SUPPORTED}"),
    "type_mismatch": ("文件内容与扩展名不符", "请按实际格式改正扩展名，或另存为所需格式后重试"),
    "password_required": ("文件已加密，需要密码", "请在 Word、Excel 或 WPS 中打开并取消密码保护，另存后重试"),
    "damaged_file": ("文件已损坏或不完整", "请用 Word、Excel 或 WPS 打开确认并另存一份，或重新传输后重试"),
    "encoding_unknown": (
        "无法确定文本的编码（可能混用了多种编码，或不是文本文件）",
        "请用记事本等编辑器另存为 UTF-8 编码后重试",
    ),
    "expands_too_far": (
        "文件解压后过大，疑似压缩炸弹",
        "请确认来源；如是正常文件，请用 Word、Excel 或 WPS 另存或拆分后重试",
    ),
    "dtd_forbidden": (
        "文件的 XML 中含有 DTD 或实体定义，出于安全不予解析",
        "请用 Word、Excel 或 WPS 打开并另存一份后重试",
    ),
    "too_deep": ("文件的 XML 嵌套过深，出于安全不予解析", "请用 Word、Excel 或 WPS 打开并另存一份后重试"),
    "no_text": ("文件中没有可读的文字", "请确认内容不是图片或空白；扫描件请先转成文字"),
    "columns_missing": ("表中没有找到做法正文所在的列", "请按可用的列名改好表头后重试"),
    "no_rows": ("表中没有可用的数据行", "请在表头下方填写数据，每行一个做法，并填好做法正文后重试"),
    "timeout": ("解析超时，已中止", "请拆分文件，或用 Word、Excel 或 WPS 另存一份后重试"),
    "out_of_memory": ("解析所需内存超过上限，已中止", "请拆分文件，或清除表格中远离数据区的多余单元格后重试"),
    "crashed": ("解析程序异常退出，文件可能已损坏", "请用 Word、Excel 或 WPS 打开确认并另存一份后重试"),
    "classified_marking": (
        "文件带有国家秘密标志，已拒收，未保留任何内容",
        "涉密文件不得导入本系统；如属误判，请由保密工作机构确认后去除标志再导入",
    ),
    "restricted_marking": (
        "文件带有商业秘密、工作秘密或内部资料标志，未导入",
        "如经批准可以导入，请在命令行加 --allow-restricted 后重试；否则请勿导入",
    ),
}


class ReadFailed(Exception):
    """A file that is not taken in. `code` is one of `REASONS`; `message` says what, where and what to do.

    where:  the place or particulars, in Chinese, without quoting a marked document.
    advice: what to do, where it is more exact than the code's own.
    """

    def __init__(self, code: str, where: str = "", advice: str = "") -> None:
        what, remedy = REASONS[code]
        self.code = code
        self.where = where
        self.advice = advice
        self.message = f"{what}{f'：{where}' if where else ''}。{advice or remedy}。"
        super().__init__(self.message)
