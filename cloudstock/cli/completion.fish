function __cloudstock_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct | string replace -r '^["\']' '' | string unescape)
    set -l offers (env _CLOUDSTOCK_COMPLETE=words $words "$begun" 2>/dev/null)
    if count $offers >/dev/null
        printf '%s\n' $offers
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command cloudstock --no-files --arguments '(__cloudstock_complete)'
