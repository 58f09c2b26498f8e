"""Completion of command lines by the shell."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "SHELL": "ОБОЛОЧКА",
    "bash, zsh or fish.": "bash, zsh или fish.",
    "Print a script that lets a shell complete command lines.": (
        "Вывести сценарий, дополняющий команды по Tab."
    ),
    (
        "Commands, options, your articles, accounts and shelves. For bash, write it to"
        " ~/.local/share/bash-completion/completions/cloudstock; for fish, to"
        " ~/.config/fish/completions/cloudstock.fish; for zsh, evaluate it in ~/.zshrc."
    ): (
        "Команды, параметры, ваши артикулы, кабинеты и склады. Для bash запишите его в"
        " ~/.local/share/bash-completion/completions/cloudstock, для fish — в"
        " ~/.config/fish/completions/cloudstock.fish, для zsh выполните его в ~/.zshrc."
    ),
}
