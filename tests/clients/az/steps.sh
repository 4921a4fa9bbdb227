# What the scripts here share. PYTHON runs a program with the SDK, QUICKSTART is one.
set -euo pipefail

group=myResourceGroup

# step COMMAND...: says what is run, then runs it.
step() {
    printf '\n$ %s\n' "$*"
    "$@"
}

# refused TEXT... -- COMMAND...: the command fails, and its output has every one of the texts.
refused() {
    local texts=() output text
    while [[ $1 != -- ]]; do
        texts+=("$1")
        shift
    done
    shift
    printf '\n$ %s (to be refused)\n' "$*"
    if output=$("$@" 2>&1); then
        printf '%s\nit was not refused\n' "$output"
        return 1
    fi
    printf '%s\n' "$output" | tail -n 15
    for text in "${texts[@]}"; do
        if ! grep -qF -- "$text" <<<"$output"; then
            printf 'the refusal does not say: %s\n' "$text"
            return 1
        fi
    done
}

# expect WANTED COMMAND...: the command prints exactly that.
expect() {
    local wanted=$1 output
    shift
    printf '\n$ %s\n' "$*"
    output=$("$@")
    printf '%s\n' "$output"
    if [[ $output != "$wanted" ]]; then
        printf 'expected: %s\n' "$wanted"
        return 1
    fi
}
