# bash completion for cybs3; made by `cybs3 completion bash`
_cybs3() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="" command="" word="" i=1
  COMPREPLY=()
  # Which command: options and their values are stepped over.
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="${COMP_WORDS[i]}"
    case "$word" in
      --) return 0 ;;
      --access-log | --add | --add-key | --allow-key | --allow-operation | --audit-log | --bucket | --bytes | --ca-file | --cache-dir | --cert | --checksums | --cipher | --common-name | --compression | --concurrency | --create-key | --data | --days | --domain | --endpoint | --evidence | --exclude | --exclude-file | --exclude-larger-than | --files-from | --grace | --group-by | --head | --history | --host | --iexclude | --ignore-file | --include | --keep-daily | --keep-hourly | --keep-id | --keep-last | --keep-monthly | --keep-tag | --keep-weekly | --keep-within | --keep-within-daily | --keep-within-hourly | --keep-within-monthly | --keep-within-weekly | --keep-within-yearly | --keep-yearly | --key | --kms-endpoint | --kms-key-id | --kms-region | --latest | --limit-download | --limit-upload | --lock | --lock-days | --master-key-command | --master-key-credential | --master-key-file | --max-age-backup | --max-age-check | --max-age-drill | --max-duration | --max-repack | --max-unused | --mnemonic-command | --mnemonic-file | --monitor | --name | --newer | --older | --overwrite | --pack-size | --parent | --passphrase-file | --path | --port | --prices | --profile | --read-data-subset | --region | --remove | --remove-key | --role | --sample | --set | --size | --snapshot | --sse | --sse-c-key-file | --sse-kms-context | --sse-kms-key-id | --stdin-name | --storage-class | --tag | --time | --time-zone | --tls-cert | --tls-key | --tmp-dir | --to | --to-ca-file | --to-endpoint | --to-mnemonic-command | --to-mnemonic-file | --to-passphrase-file | --to-profile | --to-region | --to-sse-c-key-file | --type | --vault | --verify-audit | --words | -H | -e | -i | -t) i=$((i + 1)) ;;
      -*) ;;
      *)
        case "$command $word" in
          " vault" | " vault init" | " vault add" | " vault list" | " vault use" | " vault show" | " vault remove" | " backup" | " restore" | " snapshots" | " ls" | " cat" | " find" | " diff" | " stats" | " forget" | " undelete" | " prune" | " tag" | " rewrite" | " copy" | " status" | " check" | " drill" | " repair" | " repair index" | " repair packs" | " repair snapshots" | " repair records" | " repair roots" | " repair objects" | " serve" | " serve s3" | " serve kms" | " serve generate-key" | " serve generate-cert" | " completion") command="$command $word" ;;
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
      choices="vault backup restore snapshots ls cat find diff stats forget undelete prune tag rewrite copy status check drill repair serve completion"
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
        --lock) COMPREPLY=($(compgen -W "governance compliance" -- "$current")); return 0 ;;
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --name | --pack-size | --lock-days | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--name --create-bucket --words --no-confirm --cipher --compression --pack-size --lock --lock-days --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
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
      words="--host --tag --path --latest --forgotten --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
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
    " find")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --type | --newer | --older | --size | --history | --host | --tag | --path | --snapshot | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="-i --ignore-case --type --newer --older --size --history -l --long --host --tag --path --snapshot --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " diff")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="--metadata --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " stats")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="--growth --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " forget")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --keep-last | --keep-hourly | --keep-daily | --keep-weekly | --keep-monthly | --keep-yearly | --keep-within | --keep-within-hourly | --keep-within-daily | --keep-within-weekly | --keep-within-monthly | --keep-within-yearly | --keep-tag | --keep-id | --group-by | --time-zone | --host | --tag | --path | --grace | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--keep-last --keep-hourly --keep-daily --keep-weekly --keep-monthly --keep-yearly --keep-within --keep-within-hourly --keep-within-daily --keep-within-weekly --keep-within-monthly --keep-within-yearly --keep-tag --keep-id --group-by --time-zone --host --tag --path -n --dry-run --save-policy --allow-empty --grace --missing --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " undelete")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--all --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " prune")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --grace | --max-unused | --max-repack | --prices | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--dry-run --grace --max-unused --max-repack --prices --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " tag")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --add | --remove | --set | --host | --tag | --path | --grace | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--add --remove --set --host --tag --path --all -n --dry-run --grace --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " rewrite")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        -e | --exclude | --iexclude | --exclude-file | --host | --tag | --path | --grace | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="-e --exclude --iexclude --exclude-file --host --tag --path --all --forget -n --dry-run --grace --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " copy")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --to | --to-mnemonic-file | --to-mnemonic-command | --to-passphrase-file | --to-endpoint | --to-region | --to-profile | --to-ca-file | --to-sse-c-key-file | --host | --tag | --path | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="--to --to-mnemonic-file --to-mnemonic-command --to-passphrase-file --to-endpoint --to-region --to-profile --to-path-style --to-ca-file --to-insecure-http --to-sse-c-key-file --host --tag --path -n --dry-run --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " status")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --max-age-backup | --max-age-check | --max-age-drill | --head | --host | --tag | --path | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --cache-dir | --vault) return 0 ;;
      esac
      words="--max-age-backup --max-age-check --max-age-drill --head --host --tag --path --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download --cache-dir --no-cache -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " check")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --read-data-subset | --max-duration | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--read-data --read-data-subset --max-duration --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " drill")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --sample | --bytes | --evidence | --tmp-dir | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--sample --bytes --evidence --tmp-dir --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " repair")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices="index packs snapshots records roots objects"
      ;;
    " repair index")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--all -n --dry-run --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " repair packs")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --grace | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="-n --dry-run --grace --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " repair snapshots")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --grace | --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--drop --zero-fill --forget-lost -n --dry-run --grace --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " repair records")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="-n --dry-run --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " repair roots")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --mnemonic-file | --mnemonic-command | --passphrase-file | --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="--drop-damaged -n --dry-run --mnemonic-file --mnemonic-command --passphrase-file --passphrase-prompt --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " repair objects")
      case "$previous" in
        --checksums) COMPREPLY=($(compgen -W "auto when-supported when-required" -- "$current")); return 0 ;;
        --sse) COMPREPLY=($(compgen -W "AES256 aws:kms aws:kms:dsse" -- "$current")); return 0 ;;
        --endpoint | --region | --profile | --ca-file | --sse-kms-key-id | --sse-kms-context | --sse-c-key-file | --storage-class | --limit-upload | --limit-download | --vault) return 0 ;;
      esac
      words="-n --dry-run --endpoint --region --profile --path-style --no-path-style --ca-file --insecure-http --checksums --sse --sse-kms-key-id --sse-kms-context --bucket-key --sse-c-key-file --storage-class --limit-upload --limit-download -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " serve")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices="s3 kms generate-key generate-cert"
      ;;
    " serve s3")
      case "$previous" in
        --role) COMPREPLY=($(compgen -W "full read write-once" -- "$current")); return 0 ;;
        --data | --region | --domain | --access-log | --audit-log | --kms-endpoint | --kms-region | --kms-key-id | --add-key | --bucket | --remove-key | --verify-audit | --master-key-file | --master-key-command | --master-key-credential | --host | --port | --tls-cert | --tls-key | --monitor | --vault) return 0 ;;
      esac
      words="--data --region --domain --access-log --audit-log --kms-endpoint --kms-region --kms-key-id --add-key --role --bucket --list-keys --remove-key --scrub --verify-audit --master-key-file --master-key-command --master-key-credential --host --port --tls-cert --tls-key --insecure-http --monitor -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " serve kms")
      case "$previous" in
        --data | --region | --audit-log | --create-key | --add-key | --allow-operation | --allow-key | --remove-key | --verify-audit | --master-key-file | --master-key-command | --master-key-credential | --host | --port | --tls-cert | --tls-key | --monitor | --vault) return 0 ;;
      esac
      words="--data --region --audit-log --create-key --add-key --allow-operation --allow-key --list-keys --remove-key --verify-audit --master-key-file --master-key-command --master-key-credential --host --port --tls-cert --tls-key --insecure-http --monitor -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " serve generate-key")
      case "$previous" in
        --vault) return 0 ;;
      esac
      words="-h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
      choices=""
      ;;
    " serve generate-cert")
      case "$previous" in
        --common-name | --name | --days | --cert | --key | --vault) return 0 ;;
      esac
      words="--common-name --name --days --cert --key -h --help --vault --json -q --quiet -v --verbose --no-progress --debug"
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
