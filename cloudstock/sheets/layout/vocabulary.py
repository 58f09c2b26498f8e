"""What programs, cabinets and people call the columns of a sheet, and the words around a table.

Titles are compared as `folded`. A name is exact, or a title holds a word of its role and no word
that makes it something else: "Остаток, шт" is a quantity, "Остаток на начало" is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cloudstock.sheets.form import COLUMNS
from cloudstock.sheets.layout.records import Role

# How sure a title is of its role.
CERTAIN, LIKELY, WEAK = 3, 2, 1
# Longer is a sentence, no title.
TITLE_MAX = 80


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a title says of its column."""

    # None: something that is passed over.
    role: Role | None
    sure: int = CERTAIN
    # A title that says of a quantity that reserved units are taken off.
    available: bool = False
    # A title that says of a quantity that it is the sum of columns beside it.
    total: bool = False


OTHER = Meaning(None)


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split(", "))


EXACT: dict[Role, dict[int, str]] = {
    Role.SKU: {
        CERTAIN: "sku, артикул, артикул продавца, артикул товара, артикул поставщика, ваш sku,"
        " ваш артикул, мой артикул, sku продавца, seller sku, seller article, vendor code,"
        " vendorcode, vendor_code, vendor-code, item sku, variant sku, product sku, shop sku,"
        " shopsku, shop_sku, артикул (sku), sku (артикул), sku/артикул, артикул/sku, арт, article,"
        " артикул номенклатуры, номенклатура.артикул, offer_id, offerid, артикул (seller sku),"
        " supplier sku, supplierarticle, offer id, merchant sku, sa_name, stock keeping unit,"
        " артикль",
        WEAK: "код, код товара, код номенклатуры, номенклатурный код, код 1с, item code,"
        " product code, item number, item no, part number, part no, code, mpn,"
        " артикул производителя, номенклатурный номер, ном. номер, код продукта, код позиции,"
        " код артикула, артикул/код, код/артикул, модель, model, парт-номер, id товара, ид товара,"
        " каталожный номер, кат. номер, stock code, reference, идентификатор товара",
    },
    Role.BARCODE: {
        CERTAIN: "barcode, barcodes, штрихкод, штрих-код, штрих код, штрихкоды, баркод, баркоды,"
        " ean, ean13, ean-13, gtin, upc, шк, шк товара, штрихкод товара, штрихкод ean13,"
        " баркод товара, variant barcode, product barcode, bar code, bar-code,"
        " штрихкоди",
    },
    Role.NAME: {
        CERTAIN: "name, наименование, название, название товара, наименование товара,"
        " номенклатура, товар, title, product name, item name, product title, product, назва,"
        " назва товару, найменування, имя, наименование номенклатуры,"
        " найменування товару, товари, товары, название карточки,"
        " имя товара, полное наименование, item, товарная позиция, позиция, рабочее наименование,"
        " номенклатура / характеристика",
    },
    Role.WAREHOUSE: {
        CERTAIN: "warehouse, warehouse name, склад, название склада, наименование склада, location,"
        " location name, склад продавца, место хранения, склад хранения, склад/магазин,"
        " название склада (идентификатор склада), назва складу, имя склада",
        LIKELY: "магазин, филиал, подразделение, store, store name, точка, філія,"
        " структурное подразделение, склад / магазин, склад отгрузки",
    },
    Role.QUANTITY: {
        CERTAIN: "quantity, qty, количество, кол-во, кол во, колво, к-во, кіл-ть, кількість, число,"
        " stock, on hand, in stock, stock on hand, soh, count, units, pieces, наличие, остаток,"
        " остатки, ост, залишок, залишки, на складе, на складах, в наличии, наявність, в наявності,"
        " на складі, запас, запасы, amount, всего штук, шт, штук, on-hand, onhand, instock,"
        " stock_quantity, stockquantity, total stock, количество штук,"
        " количество товара, количество товаров, кол-во товара, количество на складе,"
        " кол-во на складе, количество на складах, кол-во на складах, фактическое количество,"
        " количество факт, факт, фактический остаток, кількість на складі, stock level, stock qty,"
        " физический остаток, количество единиц, текущее количество, количество (факт),"
        " quantity on hand, product quantity, item quantity, quantity in stock, units in stock,"
        " можно заказать, свободно, кол, к-сть, inventory, total quantity, sellable quantity, нал,"
        " баланс, saldo, количество к продаже, склад шт, остаток сейчас",
    },
}
EXACT_NAMES: dict[str, Meaning] = {
    name: Meaning(role, sure)
    for role, by_sure in EXACT.items()
    for sure, names in by_sure.items()
    for name in (*_names(names), *(COLUMNS[role] if sure == CERTAIN else ()))
}
# Names with a comma of their own.
EXACT_NAMES |= {
    "номенклатура, характеристика": Meaning(Role.NAME),
    "номенклатура, характеристика, упаковка": Meaning(Role.NAME),
    "gtin, upc, ean, or isbn": Meaning(Role.BARCODE),
    "количество, штук": Meaning(Role.QUANTITY),
}
# Ours alone: a stranger's "время" or "было" says nothing of a count.
OUR_OWN: dict[str, Role] = {name: role for role in Role for name in (role.value, *COLUMNS[role])}
# Names that say something else for certain. A shop's program has yes and no in "In stock?".
EXACT_OTHER = _names(
    "бренд, brand, группа, группы, категория, category, categories, единица измерения, единица,"
    " ед. изм, ед.изм, ед, unit, тип, type, uuid, handle, hs code, coo, внешний код, страна,"
    " архивный, описание, description, short description, валюта, ндс, vat, производитель, vendor,"
    " предмет, размер, цвет, color, size, published, ошибки, предупреждения, комментарий,"
    " примечание, ссылка, url, ид, guid, № п/п, №, n, п/п, № п.п, in stock?, в наличии?,"
    " характеристика, размер вещи, коллекция, пол, id, @id, @available, available?, picture, param,"
    " bin name, position, parent, tags, images, upsells, cross-sells, серия, партия, ставка ндс,"
    " заполнение обязательных ячеек, артикул wb, артикул вб, nmid, chrtid, сертификат, состав,"
    " материал, gender, option1 name, option1 value, option2 name, option2 value, option3 name,"
    " option3 value, option1 linked to, option2 linked to, option3 linked to, status, статус,"
    " active, visible, visibility in catalog, is featured?, backorders allowed?,"
    " sold individually?, tax status, tax class, currencyid, categoryid"
)

# A title that holds one of these is of the role, unless a word below makes it something else.
QUANTITY_WORDS = re.compile(
    r"\b(остат|залиш|налич|наявн|доступн|свободн\w* (кол|ост)|вільн\w* (кіл|зал)"
    r"|(в|на) (свободном |вільному )?(складе|складах|складі|наличии|наявності)"
    r"|available|on[ -]hand|in[ -]stock|inventory (qty|quantity|level|available)|stock"
    r"|(количество|кол-во|к-во|кількість|кіл-ть|qty|quantity) (товар|шт|на |в нал|факт|ост|дост|ед)"
    r"|(итого|всего) (по|на|находится на) (все\w* )?склад\w*)"
)
AVAILABLE_WORDS = re.compile(r"\b(доступн|свободн|вільн|available|без резерв)")
TOTAL_WORDS = re.compile(
    r"\b((итого|всего|общ\w*|total|сумма) (по|на|находится на)?\s*(все\w* )?(склад|остат)"
    r"|на (всех|всіх) складах|all (locations|warehouses)|total (stock|inventory|available))"
)
# "Доступно к заказу", "Остаток без резерва" are quantities all the same.
HARMLESS = re.compile(
    r"(?<!кол-во )(?<!количество )\b(для|к|до|под) (заказ[ау]|продаж[еиу]|замовлення)"
    r"( количество| товар\w*)?"
    r"|(без|минус|за вычетом|с учетом|за мінусом) (учета )?резерв\w*|for sale|to sell"
    r"|\(not editable\)"
)
OTHER_WORDS = re.compile(
    r"\b(цен(?!тр)|ціна|ціни|price|(себе)?стоим|ррц|мрц|варт|cost|сумм|сума|руб|грн|usd|eur|"
    r"заказ|замовл|order|корзин|cart|"
    r"(за)?резерв|reserv|committed|allocated|unavailable|недоступ|заблокир|"
    r"упак|уп\b|короб|кратн|pack|box|multipl|паллет|норма|"
    r"мин\b|миним|мін\b|мініма|min(?!i|sk)|low\b|макс|max|порог|неснижаем|критич|threshold|safety|"
    r"ожид|очіку|(?<!по )пути|transit|incoming|поступ|надход|прибы|приход|прихід|расход|витрат|"
    r"списан|оборот|движ|дебет|кредит|received|shipped|"
    r"начальн|нач\b|на начало|початк|opening|предыд|прошл|прежн|было|previous|старый|"
    r"продан|продаж|sold|sales|спрос|выкуп|"
    r"вес\b|вага|об[ъ]?[её]м|об'єм|weight|volume|длин|шир|высот|length|width|height|"
    r"дат[аы]|date|дней|дни\b|days|срок|время|"
    r"возврат|return|доступность|брак\b|damaged|defect|некондиц|"
    r"мест\b|картин|фото|изобр|отзыв|review|image|страниц|"
    r"статус|status|backorder|tracker|policy|manage|enabled|item id|характерист|step|"
    r"уценк|рекоменд|нужно|дефицит|излиш|страхов|"
    r"изменен|последн\w* движ|внешн|сертиф|процент|доля|в %|лимит|limit|план(?!ш)|plan|норматив)"
    r"|₽|€|\$|%"
)
SKU_WORDS = re.compile(r"\b(артикул|sku|vendor code|vendorcode|арт\.)")
NOT_SKU = re.compile(
    r"\b(wb|вб|wildberries|ozon|озон|яндекс\w*|yandex|маркет\w*|market|nm|fbo|fbs|fby|производит\w*"
    r"|manufactur\w*|стар\w+|аналог\w*|замен\w*|конкурент\w*|групп\w*|цвет\w*|комплект\w*"
    r"|количество|кол-во|ошибк\w*|родител\w*|parent|оригинал\w*)\b"
)
BARCODE_WORDS = re.compile(r"(штрих[ -]?код|баркод|barcode|\bean\b|\bean[ -]?\d+|\bgtin\b|\bupc\b)")
NAME_WORDS = re.compile(
    r"\b(наименован|назван|номенклатур|назва\b|найменув|product name|item name)"
)
NOT_NAME = re.compile(
    r"\b(склад|бренд|групп|катего|вид|тип|ед\b|единиц|производ|поставщ|контраг|полн|английск|печат"
    r"|brand|код|артикул|орган)"
)
PLACE_WORDS = re.compile(
    r"\b(склад|магазин|филиал|філія|store|warehouse|shop|точка|розниц|опт\b|московс|рц\b)"
)
# Goods that are measured: how many pieces it makes is the user's word.
MEASURED = re.compile(
    r"[\s,(/](кг|гр?|м|м2|м²|м3|м³|м\.?п|пог\.? ?м|кв\.? ?м|л|мл|тн?|тонн?|kg|m2|sqm|lbs?|пары?"
    r"|комплекты?|компл)\.?\)?$"
)
# Titles of reports of what lies at a marketplace: not the seller's own stock.
AT_MARKETPLACE = re.compile(
    r"товары в пути|в пути (до|от) (клиент|получател|покупател)|возвраты на склад"
    r"|всего находится на складах|склад[а-я]* (wb|вб|wildberries|ozon|озон)\b|\bfb[owy]\b"
)
OF_OZON = re.compile(r"\b(ozon|озон|fbo|fbs|идентификатор склада)\b")

# Rows that sum others up: the whole of their first text, or its beginning.
TOTAL = re.compile(
    r"(общий итог|итоги?|итого|всего|(grand |sub-?)?total|разом|усього|всього|підсумок"
    r"|промежуточный итог|в т\.? ?ч|в том числе)[\s:.,]*"
)
SUMS = re.compile(r"(итого|всего|усього|всього|общий итог|grand total)(?![\w-])")
# How each of these words begins.
SUMS_BEGIN = frozenset({"ит", "вс", "об", "пр", "в ", "ра", "ус", "пі", "to", "su", "gr"})
# A warehouse that stands above a table: "Склад: Основной", "Отбор: Склад Равно \"Основной\"".
LETTERHEAD = re.compile(
    r"(?:.*[:;]\s*)?(?:склад|warehouse)\s*(?::|равно\b|дорівнює\b)\s*[\"«“]?([^\"«»“”;,]*)[\"»”]?",
    re.IGNORECASE,
)
# That is none: the table is of all.
ALL_OF_THEM = frozenset({"все", "все склады", "всі", "всі склади", "all", "all warehouses"})
# What the row of hints under a cabinet's header says.
HINT = re.compile(
    r"обязател|обов'язк|заполн|справк|необязат|не меняйте|не редактир|укажите|введите|required"
    r"|optional|for reference|целое число|пример"
)
PIECES = re.compile(r"[\s,./(]*\b(?:шт|штук|ед|од|pcs|units?)\.?\)?$")
BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
UNDERLINED = re.compile(r"_|(?<=[a-z])-(?=[a-z])")
NOISE = re.compile(r"[*\"«»“”„'’`\u200b\u200c\u200d\u2060\ufeff]+")


@lru_cache(4096)
def folded(title: str) -> str:
    """Return a title as titles are compared: case, ё, blanks, quotes and asterisks do not count."""
    plain = NOISE.sub("", title.casefold().replace("ё", "е"))
    return " ".join(plain.split()).strip(" .,:;")


def meaning(parts: Sequence[str]) -> Meaning | None:
    """Return what a title says; `parts`: those of a header of several rows, from above.

    None: nothing that is known of here. The lowest part says most; what stands above may make it
    something else ("Резерв / Кол-во"), or says what a place is ("Остаток / Основной склад").
    """
    lowest = _meaning(folded(parts[-1])) if parts else None
    for part in reversed(parts[:-1]):
        above = _meaning(folded(part))
        if above is None:
            continue
        if lowest is None:
            lowest = above
        elif lowest.role is Role.QUANTITY and above is OTHER:
            return OTHER
        elif lowest.role is Role.WAREHOUSE and above.role is Role.QUANTITY:
            lowest = above
    return lowest


def is_place(parts: Sequence[str]) -> bool:
    """Tell whether a title names a place where goods lie: "Склад Москва"."""
    return bool(PLACE_WORDS.search(folded(parts[-1])))


@lru_cache(4096)
def _meaning(title: str) -> Meaning | None:
    if not title or len(title) > TITLE_MAX:
        return None
    bare = BRACKETS.sub("", title).strip()
    words = UNDERLINED.sub(" ", title)
    for name in (title, words, PIECES.sub("", title), bare, PIECES.sub("", bare)):
        if name in EXACT_OTHER:
            return OTHER
        meaning = EXACT_NAMES.get(name)
        if meaning is not None and not (meaning.role is Role.QUANTITY and _is_other(title)):
            return _with_words(meaning, title)
    return _by_words(words)


def _is_other(title: str) -> bool:
    return bool(OTHER_WORDS.search(HARMLESS.sub("", title)))


def _by_words(title: str) -> Meaning | None:
    other = _is_other(title)
    if BARCODE_WORDS.search(title):
        return OTHER if other else Meaning(Role.BARCODE, LIKELY)
    if SKU_WORDS.search(title):
        return OTHER if other or NOT_SKU.search(title) else Meaning(Role.SKU, LIKELY)
    if QUANTITY_WORDS.search(title):
        return OTHER if other else _with_words(Meaning(Role.QUANTITY, LIKELY), title)
    if NAME_WORDS.search(title) and not other and not NOT_NAME.search(title):
        return Meaning(Role.NAME, LIKELY)
    return OTHER if other else None


def _with_words(meaning: Meaning, title: str) -> Meaning | None:
    if meaning.role is not Role.QUANTITY:
        return meaning
    if MEASURED.search(title):
        return None
    return Meaning(
        meaning.role,
        meaning.sure,
        available=bool(AVAILABLE_WORDS.search(title)),
        total=bool(TOTAL_WORDS.search(title)),
    )
