#compdef cloudstock
_cloudstock() {
    local -a offers
    offers=("${(@f)$(_CLOUDSTOCK_COMPLETE=words "${(Q)words[1]}" \
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    if [[ -n "$offers[1]" ]]; then
        compadd -- "${offers[@]}"
    else
        _files
    fi
}
if [[ "$funcstack[1]" == _cloudstock ]]; then
    _cloudstock "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _cloudstock cloudstock
fi
