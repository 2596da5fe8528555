"""The words by which measured results are told from goals, rules, inputs and activity."""

import re
from typing import Final, Literal

from analysis.folding import fold_forms

LEFT_REACH: Final = 48
LOOK_AHEAD: Final = 110
CARRY_REACH: Final = 30
LONGEST_SENTENCE: Final = 2000

# Texts are read with Chinese punctuation (`read`), so one spelling of each mark is enough here.
_INNER_COMMA: Final = re.compile(r",(?!\d{3}(?!\d))|(?<!\d),")
_MARKS: Final = str.maketrans(";:()!?", "；：（）！？")
CLAUSE_END: Final = re.compile(r"[，；：。（）！？]")
LIST_LINK: Final = re.compile(r"\s*(?:、|和|及|与|以及)\s*")

# --- words of change -------------------------------------------------------------------------------------------
_UP: Final = "提升|提高|增长|增加|上升|上涨|攀升|增幅|涨幅|升幅|增速|提速|扩大|增多|高出|多出|翻|改善|增产|增收|增效|跃升|飙升|猛增|激增|递增|净增|增至|回升|升至|升到|升|增|涨"
_DOWN: Final = "下降|降低|减少|缩短|压缩|压降|压减|下滑|回落|缩减|削减|降幅|下调|收窄|锐减|骤降|递减|减亏|降本|降控|降至|降到|降为|减至|减到|缩至|缩到|缩小|少用|降|减"
_VERB: Final = f"(?:{_UP}|{_DOWN})"
_HEDGE: Final = "(?:了|近|约|超过|超|逾|高达|达到|达|将近|接近|至少|幅度|平均|整整|共|累计|合计|为|到|至|成|不足|不到|低于|高于|大约|(?:原来|原先|过去|上年|去年|同期|以前)的?|最多|最高)*"

CHANGED: Final = re.compile(rf"(?P<verb>{_VERB}){_HEDGE}\s?$")
# 增, 降 and the like are too short, and 增效, 降本 too much of a word of their own, to take an object.
_NO_OBJECT: Final = "降本|增效|增收|增产|减亏"
CHANGED_BEFORE: Final = re.compile(
    rf"(?P<verb>(?!{_NO_OBJECT}){_VERB}(?<=..))了?(?P<np>(?![等的类了中后上下行])[^，、。和《》“”\d]{{2,12}}?){_HEDGE}\s?$"
)
MOVE: Final = re.compile(
    rf"(?:的(?P<np>[^，、。；]{{2,10}}?)|[^。；]{{0,8}}?)(?P<verb>{_VERB})?(?:了)?(?:到了?|至了?|为|成|变为|变成|调整为|[至到])(?:如今|现在|目前|今年|去年)?的?{_HEDGE}\s?"
)
ORIGIN: Final = re.compile(r"(?:由|从|自)(?:[^，、。]{0,14}?)\s?$")
RESPECTIVELY: Final = re.compile(
    rf"(?P<list>[^，。]{{2,40}}?)(?:同比|环比|[比较][^，、]{{1,12}}?)?(?:分别|依次)(?P<verb>{_VERB}|达到?|为|实现)?{_HEDGE}\s?$"
)

# --- indicators ------------------------------------------------------------------------------------------------
_RATES: Final = "率|满意度|好评度|美誉度|知晓度|认可度|准点|指数|得分|评分|总分|均分|成绩|Cpk|CPK|cpk|PPM|ppm"
_BUSINESS: Final = "产量|产值|收入|营收|利润|利税|税收|纳税|销量|销售额|成交额|交易额|产能|供应量|吞吐量|发电量|产煤|营业额|效率|工效|出口额|回款|净利|毛利|供货量|交付量"
_HEAD: Final = f"(?:{_RATES}|{_BUSINESS})"
_ADVERB: Final = "(?:均|都|也|已经|已|始终|一直|全部|目前|平均|综合|累计|同期|一举|首次|再次|基本|总体|稳定|持续|连续[一二三四五六七八九十两\\d]{1,3}[年个季月度]{1,2}|连年|更是|由此|分别|年底|全年|高|就|却|则|还|又)*"
_REACH: Final = "(?:达到了?|达|为|是|保持在?|稳定在|维持在|控制在|高达|突破|超过|超|实现|完成|跃居|迈上|站上|逼近|接近|做到|在|近|约|逾)?(?:约|近|超过|超|逾|了|不到|不足)?"
LEVEL: Final = re.compile(rf"(?P<head>{_HEAD}){_ADVERB}{_REACH}\s?$")
REACHED_ALONE: Final = re.compile(
    r"\s?(?:\d{4}年|今年|去年|当年|首次|再次|一举|已|均|都|平均|最终|稳定|稳步|持续|提升|提高)*(?:达到了?|达|保持在|稳定在|维持在|控制在|平均|超过|突破)\s?"
)
CONTROLLED: Final = re.compile(
    r"(?P<head>[\u4e00-\u9fff]{0,8}(?:偏差|误差|精度|差错|不良|缺陷|成本|费用|能耗|浓度|厚度|间隙|波动|损耗|损失|停机))(?:已|都|均)*(?:控制|限制|稳定|保持)[在到于](?:每[百千万亿]+[次件个台])?\s?$"
)
PASSED_WHAT: Final = re.compile(
    r"(?:验收|检验|检测|抽检|交验|探伤|试验|交付|产品|批次|出厂|工程|焊口|评定|考核|测评)[^，]{0,6}$"
)
PASSED: Final = re.compile(r"\s?(?:一次性?)?(?P<what>合格|达标|满意|整改到位|完成整改|按期整改|兑现|优良|通过验收)")
BASELINE: Final = re.compile(
    r"(?:设计|规划|额定|年)产能[^，]{0,4}$|(?:只有|仅有?|才|原来|原先|以前|过去|曾|一度|当时|此前|最初|起初|改进前|活动前|高居)[^，]{0,14}$"
)
_LAST_HEAD: Final = re.compile(rf"[\u4e00-\u9fffA-Za-z]{{0,10}}(?:{_RATES}|{_BUSINESS})")

# What can go up or down without being a result: inputs, people, shares, prices, weights of a score.
_NO_INDICATOR: Final = re.compile(
    "(?:人数|人员|员工|职工|党员|干部|队伍|学员|投入|投资|占比|比重|比例|权重|分值|年龄|岗位|编制|人手|学历|温度|气温|海拔|水位|工资|薪酬|津贴|补贴|奖金|奖励|积分|绩效|保证金|考核分|时间跨度|月|日|年|每天|每月|每年|天|次|第|会议|培训|活动|处罚|扣分|预算|其中|满分|增值率|家|个|党组织|支部|突击队|小组)$"
)
_NO_NAME: Final = re.compile(r"^[比较与]|\d\S*%")
_COUNTABLE: Final = re.compile(
    "(?:建议|提案|专利|成果|论文|工法|问题|隐患|缺陷|投诉|事故|故障|差错|返工|返修|退货|违章|停机|停电|报修|次品|废品|不良品?|不合格品?|客诉|信访|异常|跳闸|误差|失误|抱怨|订单|客户|用户|市场|产品|项目|环节|工序|流程|审批|次数|数量|量|件数|起数|库存|报废|浪费)$"
)

# --- noun phrases ----------------------------------------------------------------------------------------------
_PHRASE_START: Final = re.compile(r"[，、。；：“”\"‘’《》\s|>]+")
_LEADING: Final = re.compile(
    r"(?:使得?|让|令|带动|推动|促进|促使|实现|完成|其中|全年|今年|当年|本年度?|去年|上半年|下半年|年内|年度|半年|一年|当月|当季|\d{2,4}年(?:度|底|末|来)?|[一二三四]季度|第[一二三四]季度|\d{1,2}月份?|今年\d|[至到]"
    r"|公司|全公司|全厂|该厂|该[公项]?[司目]?|目前|近年来|如今|现在|累计|总计|共计|共|平均|同比|环比|截至|年底|到年底|一年来|[\d一二三四五六七八九十两]{1,3}年[来间后]|[\d一二三四五六七八九十两]{1,2}个?月后"
    r"|又|也|还|均|都|已经|已|仅|光|就|并|且|而|将|把|对(?![标外口])|从而|进而|有效|成功|大幅|明显|显著|进一步|首次|先后|持续|不断|同时|以来|后(?!勤)|的|了(?!解)|在(?!线|岗|制)|为|与|和(?!谐)|及(?![时格])|是|有(?!效)|每年|每月|年均|月均|预计|可(?![靠用视追])|能(?![源耗效力级])|[\d一二三四五六七八九十两]{1,3}个月[内来]|前[一二三四\d]{1,2}个?(?:季度|月)|\d+家(?:企业|公司)?|合计)"
)
_TRAILING: Final = re.compile(
    r"(?:同比|环比|(?:同?比|较|与)(?:[^，、]{0,6}(?:年|月|季|期|届|上次|上轮|上回|任务|预算|定额|此前|以前|以往|平时|同行|行业|全国|全省|计划|过去|历史|年初|年底|年末|活动前|改进前|实施前))(?:同期|相比|时)?|相比|累计|(?<!公)共|平均|大幅度?|明显|显著|逐[年月步]|持续|稳步|分别|依次|已经|已|也|均|都|还|再|又|则|却|更|直接|合计|约|(?<!附)近|总体|整体|有效|同期|的|了|由|从|自|将|(?<![认许])可|(?<![产效性节智功动技职])能|(?<![社协工大党委])会|就|进一步|不断|快速|一举|首次|连续|连年|年均|一下子|至少|最高|最多|幅度|同样|相应|随之|由此|因此|实现|得到|有所|呈|全部|[:：]|\s)$"
)
_CUT_IN: Final = re.compile(r"(?:的|后|使得?|让|将|把|以|了|在|由|令|带动|推动|促进|实现|完成|从而|通过)(?=[^，]{3,}$)")
_LONGEST_PHRASE: Final = 14

# --- gains and yields ------------------------------------------------------------------------------------------
_SAVED: Final = "节约|节省|节支|节能|节电|节水|节煤|节油|降本|(?<=[可能就])省|省[下出了]|省(?=运维|人工|成本|费|电|水|油|煤|气|料|钱)|挽回|避免|减损|降耗|止损|压减|减亏"
_EARNED: Final = (
    "创效|增效|增收|增利|创收|创利|增产|盈利|获利|创造|产生|实现|带来|新增|增加|贡献|直接经济效益|经济效益|经济价值"
)
_WORTH: Final = "(?:经济)?(?:效益|价值|收益|利润|利税|节约额)"
GAINED: Final = re.compile(
    rf"(?P<what>(?P<saved>{_SAVED})[^，、。\d]{{0,14}}?|(?:创造|产生|实现|带来|新增|增加|贡献|取得|获得)[^，、。\d]{{0,14}}?{_WORTH}|创效益?|增效|增收|增利|创收|创利|盈利|(?:直接)?经济(?:效益|价值)){_HEDGE}\s?$"
)
NO_GAIN: Final = frozenset({"年", "星", "级", "亩"})
STREAK: Final = re.compile(
    r"(?:已|连续|实现|保持|累计)*(?P<what>安全(?:生产|运行|行车|行驶|飞行|供电|施工|运营)|无(?:事故|故障|违章|投诉)(?:运行|生产)?|零事故(?:运行)?|零投诉)(?:已|了|达|达到|突破|超过|累计|连续|近|约|无事故)*\s?$"
)
STREAK_UNITS: Final = frozenset({"天", "年", "月", "公里", "小时", "周"})

_SUGGESTION: Final = (
    "(?:合理化|改善|改进|创新|有效|工作|员工|职工|党员|QC|质量|技术|管理|金)*(?:建议|提案|点子|改善案例?)(?:事项)?"
)
_INVENTION: Final = "(?:国家|实用新型|发明|外观设计|授权|软件)*(?:专利|软著|著作权|实用新型|工法|论文)(?:授权|证书)?"
_PRAISE: Final = "(?:锦旗|表扬信?|感谢信|感谢电话|牌匾)"
_AWARD: Final = "(?:奖项?|奖励|金奖|银奖|铜奖|一等奖|二等奖|三等奖|荣誉称号|荣誉|称号|奖牌|表彰)"
_ACHIEVEMENT: Final = "(?:QC|QC小组|质量|创新|科技|攻关|管理|改善|改进|技术|五小|“五小”|小组|优秀|职工|获奖)*成果"
_PROBLEM: Final = "(?:难题|问题|隐患|缺陷|瓶颈|痛点|堵点|难点|故障|短板|不符合项?|不合格项?|诉求|急难愁盼)"
_IMPROVEMENT: Final = "(?:技改|技术革新|技术改造|革新|技术创新|创新项目|小改小革|小改革|改善|改进项目|质量改进|攻关课题|攻关项目|QC课题|改善项目|改造|课题攻关|工艺优化)(?:和改造|项目|课题)?"
_SOLVE: Final = "解决|整改|消除|攻克|攻下|攻破|破解|化解|排除|消灭|根治|闭环|销号|处理|处置"
_COMPLETE: Final = "完成|实施|实现|落实"
_WIN: Final = "获得|荣获|斩获|夺得|摘得|捧回|取得|收获|拿下|拿到|赢得|获评|获|夺|授权|申获"
_OFFER: Final = "提出|提交|收到|征集|收集|采纳|实施|落实|完成|贡献|上报|征得|报送|汇集|献"
_TAKE: Final = f"(?:{_OFFER}|{_WIN}|{_SOLVE}|{_COMPLETE}|发表|申请|申报|登记)"
_FEW: Final = "(?:了|共|累计|达到|达|近|约|超过|超|逾|各类|有|合计|授权|各|等|得到|总数|总计|多达|[一二三]等)*"

# A thing counted stands before its number (提案2583件) …
YIELDS_BEFORE: Final = (
    re.compile(rf"(?P<what>(?<!整改)(?<!处理)(?<!审计)(?:{_SUGGESTION}|{_INVENTION}|{_PRAISE})){_FEW}\s?$"),
    re.compile(rf"(?:{_WIN})[^，。\d]{{0,24}}?(?P<what>{_AWARD}|{_ACHIEVEMENT}){_FEW}\s?$"),
    re.compile(rf"(?:形成|发布|产出|转化|推广)[^，。\d]{{0,16}}?(?P<what>{_ACHIEVEMENT}){_FEW}\s?$"),
    re.compile(rf"(?:{_SOLVE})[^，。\d]{{0,24}}?(?P<what>{_PROBLEM}){_FEW}\s?$"),
    re.compile(rf"(?:{_COMPLETE})[^，。\d]{{0,16}}?(?P<what>{_IMPROVEMENT}){_FEW}\s?$"),
)
# … or behind it (攻下30余项技术难题, 8项小组成果获得金奖).
YIELD_VERB: Final = re.compile(rf".*(?P<verb>{_TAKE})[^，。]{{0,44}}$")
YIELD_AFTER: Final = re.compile(
    rf"\s?[^，。、；\d]{{0,10}}?(?:(?P<suggestion>(?<!整改){_SUGGESTION})|(?P<won>{_INVENTION}|{_PRAISE}|{_AWARD}|{_ACHIEVEMENT})"
    rf"|(?P<problem>{_PROBLEM})|(?P<improvement>{_IMPROVEMENT}))"
)
WON_AFTER: Final = re.compile(
    rf"\s?[全都均还分别]{{0,3}}(?:荣获|获得?|拿到|夺得|摘得|斩获)[^，。；\d]{{0,14}}?(?P<prize>奖(?!部门|单位|者|的|人|项目|作品|名单)|称号|荣誉)|\s?[^，。、；\d]{{0,8}}?(?P<what>{_ACHIEVEMENT}|{_SUGGESTION}|{_INVENTION}|作品|案例|课题)[^，。；\d]{{0,10}}?(?:分?获|荣获|被评为|获评|被采纳|受表彰)"
)
SOLVED_ALONE: Final = re.compile(rf"(?P<what>{_SOLVE})(?:完成|到位)?{_FEW}\s?$")
PROBLEM_NAMED: Final = re.compile(_PROBLEM)
NOT_YIELD: Final = re.compile(
    r"(?:指出|反馈|开出|巡[察视]|审计|督[查导]|拟|计划|立项|确定|征求|待|梳理|排查出?|查找|查出|查摆|开展|设立|设置|制定|发放|组织|举办|召开)[^，]{0,16}$"
)

# --- what did not happen ---------------------------------------------------------------------------------------
_EVENT: Final = "事故|投诉|差错|缺陷|违章|违纪|返工|返修|退货|退件|故障|伤害|伤亡|工伤|火灾|泄漏|失误|客诉|质量问题|不良|漏检|错漏|纠纷|上访|信访|拒收|索赔|污染"
ZERO: Final = re.compile(rf"[零0](?P<what>[\u4e00-\u9fff]{{0,3}}?(?:{_EVENT}))(?=(?P<right>.{{0,5}}))")
ZERO_CUE: Final = re.compile(
    r"(?:连续[^，。；]{1,8}?|已?(?:实现|保持|做到|达到|取得|创下|达成|确保)了?|累计|至今|全年|始终|以来|期间)[^，。；]{0,24}$"
)
ZERO_SLOGAN: Final = re.compile(
    r"^”?(?:的|理念|目标|管理|文化|活动|行动|意识|思想|战略|工程|竞赛|口号|承诺|方案|计划|机制|容忍|要求|标准|为目标|班组|岗位|创建|追求|精神|原则|挑战|为核心)"
)
ZERO_WISH: Final = re.compile(
    r"(?:追求|坚持|倡导|推行|力争|争取|努力|希望|朝着?|向着?|迈向|确保(?!了)|为了?|以(?!来)|要|必须|目标|理念|牢记)[^，。；]{0,16}$"
)
ABSENT: Final = re.compile(
    rf"(?:未|没有?|无)(?:再|曾)?(?:发生|出现|收到|接到)(?:过|[一1]?起|任何|[一1]例|各类|各种|一次)*(?P<what>[^，。；、\d]{{0,8}}?(?:{_EVENT}))(?![的者]|时|后|前)"
    rf"|(?P<nil>[\u4e00-\u9fff]{{0,4}}(?:{_EVENT}))(?:发生)?(?:率|数|起数|次数)?(?:均|都|全部|保持|持续|始终)*(?:为零|为0(?![.\d])|降[为至到]零|清零(?!会|行动|活动|台账|机制|专班|工程|计划|目标|攻坚|制度))"
)

# --- goals, rules, baselines -----------------------------------------------------------------------------------
_GOAL: Final = re.compile(
    r"力争|争取|定下|(?:设定|明确|制定)了?[^，。]{0,10}?(?:目标|指标)(?!完成)|目标责任书|责任目标|(?:目标|指标|任务)[^，。、]{0,8}?(?:是|为|：|:|定为|设定为|确定为|即)|预计|预期|有望|拟[^，。定]{0,10}?(?:达|降|提|实现)|计划[^，。]{0,14}?(?:到|在|年|达|降|提|实现|完成)"
    r"|将(?:达|实现|突破|完成|超)|要求[^，。]{0,24}?(?:达|不|控制|提高|降|完成|实现)|要(?:达到|实现|确保|做到|力争)|确保(?!了)[^，。]{0,12}?(?:达|不|在|控制|提|降|实现|完成|为|\d|率|度)"
    r"|必须|不得|应(?:达|不|保|控|在|于|当)|承诺(?!兑现|履行|完成|率)|规定[^，。]{0,4}[：:，]|到20\d\d年(?:底|末)?[^，。]{0,16}?(?:达到?(?!了)|力争|要|实现(?!了))|如果|倘若|凡是?|一旦|旨在|为(?:达到|实现)|目标值"
)
_DONE: Final = re.compile(
    r"实际|已(?:经)?(?!有)|最终|结果|兑现|超额|完成了|实现了|达到了|圆满|提前|如期|截至|目前|取得|成效|一年来|通过[^，。]{2,20}，"
)
_RULE_RIGHT: Final = re.compile(
    r"^(?:及以[上下]|且|的(?![好佳优成效新高]|历史|突破|水平))|^(?:以[上下]|以内)?(?:的)?(?:[，,]?(?:每\S{1,6})?(?:扣|罚|奖(?!项|牌)|给予|予以|一次性奖)|者|为(?:优|良|合格|不合格|一般)|的?(?:目标|指标|要求|标准|任务|权重|门槛|红线|底线))"
)
_RULE_LEFT: Final = re.compile(
    r"满\d+元?[减送]$|(?:占|各占|[不≮]低于|[不≯]高于|不少于|不得?超过|不大于|不小于|[≥≤<>＞＜]=?|扣减?|罚款?|(?<![获取赢夺摘])得|(?<![累合共总统])计|记|权重|分值|满分|占比|比重|比例|总分|按|以每|设|共设|下设|现有|拥有|配备|投入|投资|耗资|斥资|出资|捐款?|年龄|工龄|历时|为期|时长)(?:为|达|约|各|了|近|共)*\s?$"
    r"|每(?:提高|降低|增加|减少|下降|超|低|高|发现|发生|缺|少|多|有|提出|出现|延误|扣|小时|人|天|周|季|台|吨|件|次|套|个|名|被)[^，]{0,12}$"
)
# “五星”党支部, 质量提升三年行动: names, not results.
_PROGRAMME: Final = re.compile(r"[”]?(?:专项|攻坚)?(?:行动|计划|规划|工程)")
_BONUS: Final = re.compile(r"(?:奖励?|奖金|加分?)(?:为|达|约|各|近|\s)*$")
WON: Final = re.compile(_WIN)
_LATER_GOAL: Final = re.compile(
    r"[^”。]{0,60}”[^。；]{0,40}?(?:写[进入]|列入|纳入|作为|定为)[^，。]{0,10}(?:承诺|目标|责任书|计划|指标)"
)
_LOOK_BACK = 120


def read(text: str) -> str:
    """The text in one width of letters and digits, simplified and with Chinese punctuation; no offset moves."""
    return _INNER_COMMA.sub("，", fold_forms(text)).translate(_MARKS)


def person(unit: str) -> bool:
    """People are inputs or audiences, never results."""
    return unit in ("人", "名", "位", "人次", "户", "家", "班", "台班", "年人")


def direction_of(verb: str) -> Literal["up", "down"] | None:
    """Whether a verb of change goes up or down; `None` for no such verb."""
    if re.fullmatch(_UP, verb):
        return "up"
    return "down" if re.fullmatch(_DOWN, verb) else None


def no_result(before: str, left: str, right: str, after: str = "") -> bool:
    """Whether a number stands in a goal, a rule, a weighting or a description of size.

    `before` and `after` are the sentence around the number, `left` and `right` its own clause.
    """
    if _RULE_LEFT.search(left) or _RULE_RIGHT.match(right) or _LATER_GOAL.match(after):
        return True
    if left.endswith(("“", "《")) or _PROGRAMME.match(right):
        return True
    if _BONUS.search(left) and not WON.search(left):
        return True
    recent = before[-_LOOK_BACK:]
    goals = [match.end() for match in _GOAL.finditer(recent)]
    return bool(goals) and not _DONE.search(recent, goals[-1])


_WORD: Final = re.compile(r"[A-Za-z\u3400-\u9fff]{2}")


def indicates(phrase: str) -> bool:
    """Whether a noun phrase can be an indicator: words, but not people, inputs, shares or scores of a rule."""
    if direction_of(phrase) or not _WORD.search(phrase):
        return False
    return not _NO_INDICATOR.search(phrase) and not _NO_NAME.search(phrase)


def countable(phrase: str, direction: str | None) -> bool:
    """Whether a change of a mere count means something: fewer of anything, or more of what is a yield."""
    return direction == "down" or bool(_COUNTABLE.search(phrase))


def last_head(phrase: str) -> str | None:
    """The last rate, score or business figure that a clause names."""
    found = _LAST_HEAD.findall(phrase)
    return noun_phrase(found[-1])[0] or None if found else None


def fits(head: str, unit: str, right: str) -> bool:
    """Whether a level has a unit that suits its indicator, and is not an attribute (年产值100亿元的企业)."""
    if right.startswith("的") and not re.match("的(?:好|新|历史|优|高|佳)", right):
        return False
    if re.fullmatch("率|准点", head):
        return unit in ("%", "‰", "ppm", "吨/工", "吨/人", "倍")
    return unit not in ("年", "月", "日", "天", "周", "次", "成", "番", "百分点")


def changes(verb: str, unit: str) -> bool:
    """Whether a verb of change and a unit make a result: 翻 only doubles, and grades and stars are awarded."""
    return unit not in ("级", "星") and (verb != "翻" or unit in ("番", "倍"))


def of_survey(indicator: str, before: str) -> bool:
    """Whether a rate only tells how many questionnaires came back."""
    return bool(re.search("(?:收回|回收|有效)率$", indicator) and re.search("问卷|调查表|样本|[0-9十百千]份", before))


def goes_with(verb: str, after: re.Match[str]) -> bool:
    """Whether a verb says of the things counted that they are a result (整改 of problems, 获 of prizes)."""
    if after["problem"]:
        return re.fullmatch(_SOLVE, verb) is not None
    if after["suggestion"]:
        return re.fullmatch(f"{_OFFER}|{_WIN}", verb) is not None
    if after["improvement"]:
        return re.fullmatch(_COMPLETE, verb) is not None
    return re.fullmatch(f"{_WIN}|发表|收到|申请|登记", verb) is not None


def noun_phrase(left: str) -> tuple[str, int]:
    """The noun phrase that ends a stretch of text, without adverbs and connectives, and where it begins."""
    end = len(left)
    starts = [match.end() for match in _PHRASE_START.finditer(left) if match.end() < end]
    start = starts[-1] if starts else 0
    while trailing := _TRAILING.search(left, start, end):
        end = trailing.start()
    while (leading := _LEADING.match(left, start, end)) and end - leading.end() > 1:
        start = leading.end()
    if end - start > _LONGEST_PHRASE:
        cuts = [match.end() for match in _CUT_IN.finditer(left, start, end)]
        start = max((cut for cut in cuts if end - cut > 1), default=start)
        start = max(start, end - _LONGEST_PHRASE)
    if end <= start or (leading is not None and leading.end() == end):
        return "", start
    return left[start:end], start
