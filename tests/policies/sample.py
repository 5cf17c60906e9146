"""A notice written for the tests, and the same notice in every file format."""

from __future__ import annotations

import io
from collections.abc import Callable

TITLE = "杨浦区青年创业扶持办法"
LINES = (
    TITLE,
    "杨人社规〔2025〕3号",
    "为鼓励青年创业，制定本办法。",
    "一、一次性创业补贴",
    "毕业5年内高校毕业生在本区登记注册3年内的小微企业，并担任该企业法定代表人，申请时未被列入经营异常名录的，可申请一次性创业补贴8000元。",
    "二、房租补贴",
    "申请条件：",
    "（一）在本区依法登记注册的小微企业；",
    "（二）符合下列条件之一：",
    "1.持有发明专利2件以上；",
    "2.上年度营业收入不低于100万元。",
    "补贴标准：按实际缴纳房租的50%给予补贴，每年最高2万元。",
    "补贴期限：累计不超过3年。",
    "三、就业奖励",
    "企业招用登记失业人员3人以上，为其连续缴纳社会保险费满6个月的，按每人2000元给予奖励，总额最高不超过10万元。",
    "本办法自2025年7月1日起施行，有效期2年。",
    "上海市杨浦区人力资源和社会保障局",
    "2025年6月20日",
)
TABLE = (("类别", "标准"), ("甲", "每人一千元"), ("乙", "每人两千元"))
TEXT = "\n".join(LINES)


def as_txt() -> bytes:
    return TEXT.encode("utf-8")


def as_gbk() -> bytes:
    return TEXT.encode("gbk")


def as_html() -> bytes:
    body = "".join(f"<p>　　{line}</p>" for line in LINES[1:])
    menu = "".join(f'<li><a href="#{n}">栏目{n}</a></li>' for n in range(20))
    return (
        f'<html><head><meta charset="gb2312"><meta name="ArticleTitle" content="{TITLE}"><meta name="PubDate" content="2025-06-25 10:00">'
        f"<title>{TITLE}-某网</title></head><body><ul>{menu}</ul><div class='article'><h1>{TITLE}</h1><div id='zoom'>{body}</div></div>"
        "<div class='footer'>版权所有 主办单位 <a>网站地图</a></div></body></html>"
    ).encode("gb18030")


def as_docx() -> bytes:
    import docx

    made = docx.Document()
    made.add_heading(TITLE, 0)
    for line in LINES[1:]:
        made.add_paragraph(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def as_pdf() -> bytes:
    from reportlab.lib.enums import TA_LEFT
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("body", fontName="STSong-Light", fontSize=12, leading=18, wordWrap="CJK", alignment=TA_LEFT)
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4).build([Paragraph(line, style) for line in LINES])
    return out.getvalue()


def as_scan() -> bytes:
    """The PDF as a picture of its page, without text."""
    import pypdfium2
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    opened = pypdfium2.PdfDocument(as_pdf())
    try:
        picture = opened[0].render(scale=2).to_pil()
    finally:
        opened.close()
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(595, 842))
    page.drawImage(ImageReader(picture), 0, 0, 595, 842)
    page.save()
    return out.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "notice.txt": as_txt,
    "notice-gbk.txt": as_gbk,
    "notice.html": as_html,
    "notice.docx": as_docx,
    "notice.pdf": as_pdf,
}
