"""One physical stock, kept true on Ozon, Wildberries and Yandex.Market."""

__version__ = "0.1.0"
