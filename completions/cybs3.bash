# bash completion for cybs3; made by `cybs3 completion bash`
_cybs3() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="" command="" word="" i=1
  COMPREPLY=()
  # Which command: options and their values are stepped over.
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="${COMP_WORDS[i]}"
    case "$word" in
      --) return 0 ;;
      --ca-file | --cache-dir | --checksums | --cipher | --compression | --concurrency | --endpoint | --exclude | --exclude-file | --exclude-larger-than | --files-from | --host | --ignore-file | --include | --latest | --limit-download | --limit-upload | --mnemonic-command | --mnemonic-file | --name | --overwrite | --pack-size | --parent | --passphrase-file | --path | --profile | --read-data-subset | --region | --sse | --sse-c-key-file | --sse-kms-context | --sse-kms-key-id | --stdin-name | --storage-class | --tag | --time | --to | --vault | --words | -H | -e | -i | -t) i=$((i + 1)) ;;
      -*) ;;
      *)
        case "$command $word" in
          " vault" | " vault init" | " vault add" | " vault list" | " vault use" | " vault show" | " vault remove" | " backup" | " restore" | " snapshots" | " ls" | " cat" | " check" | " completion") command="$command $word" ;;
        esac
        ;;
    esac
    i=$((i + 1))
  done
  [ "$COMP_CWORD" -gt 0 ] && previous="${COMP_WORDS[COMP_CWORD - 1]}"
  local words="" choices=""
  case "$command" in
    "")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-V --version --vault --json -q --quiet -v --verbose --no-progress --debug -h --help"
      choices="vault backup restore snapshots ls cat check completion"
      ;;
    " vault")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices="init add list use show remove"
      ;;
    " vault init")
      case "$previous" in
        --words) COMPREPLY=($(compgen -W "12 15 18 21 24" -- "$current")); return 0 ;;
        --cipher) COMPREPLY=($(compgen -W "aes-256-gcm chacha20-poly1305" -- "$current")); return 0 ;;
        --compression) COMPREPLY=($(compgen -W "off fast auto better max" -- "$current")); return 0 ;;
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --name | --pack-size | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--name --words --no-confirm --cipher --compression --pack-size --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " vault add")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " vault list")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " vault use")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " vault show")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " vault remove")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " backup")
      case "$previous" in
        --compression) COMPREPLY=($(compgen -W "off fast auto better max" -- "$current")); return 0 ;;
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        -e | --exclude | --exclude-file | -i | --include | --ignore-file | --exclude-larger-than | --files-from | --stdin-name | -t | --tag | -H | --host | --time | --parent | --pack-size | --concurrency | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="-e --exclude --exclude-file -i --include --ignore-file --exclude-caches --exclude-larger-than -x --one-file-system --files-from --stdin --stdin-name --stdin-from-command -t --tag -H --host --time --parent -f --force --skip-if-unchanged -n --dry-run --compression --pack-size --concurrency --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " restore")
      case "$previous" in
        --overwrite) COMPREPLY=($(compgen -W "always if-changed if-newer never" -- "$current")); return 0 ;;
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --to | -i | --include | -e | --exclude | --concurrency | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="--to -i --include -e --exclude --overwrite --delete -n --dry-run --verify --sparse --no-owner --numeric-owner --in-place --concurrency --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " snapshots")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --host | --tag | --path | --latest | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="--host --tag --path --latest --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " ls")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="-l --long -R --recursive --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " cat")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="--tar --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " check")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --read-data-subset | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--read-data --read-data-subset --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " completion")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices="bash zsh fish"
      ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *)
      if [ -n "$choices" ]; then
        COMPREPLY=($(compgen -W "$choices" -- "$current"))
      fi
      ;;
  esac
}
complete -o bashdefault -o default -F _cybs3 cybs3
