_cloudstock() {
    COMPREPLY=()
    local offer
    while IFS= read -r offer; do
        COMPREPLY+=("$offer")
    done < <(_CLOUDSTOCK_COMPLETE=bash COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" \
        COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
}
complete -o default -F _cloudstock cloudstock
