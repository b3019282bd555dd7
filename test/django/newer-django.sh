#!/usr/bin/env bash
# Puts a Django that knows STORAGES, a django-storages that takes its OPTIONS, and the libraries that settings are commonly
# made with (django-environ, python-decouple, django-split-settings) into a folder for PYTHONPATH: Debian's
# own packages of a newer release than the system's, from the mirror that apt is configured with and checked by its
# signature. Nothing is installed, and apt's own lists and caches are not touched. No root is needed. Debian has no environs:
# it comes through pip, checked by its digest, where pip reaches an index that has it. Else that is said, and its cases are
# left out; those of django-configurations need its package `configurations` in the same folder.
#
#   PAIL_DJANGO_NEW=$(test/django/newer-django.sh FOLDER)
#
# The packages are Python alone; boto3 is the system's (python3-boto3). What fails is said, with a status that is not 0.
set -euo pipefail
folder=$(realpath -m "${1:?a folder to put it in}")
release=trixie
packages=(python3-dotenv python3-django-environ python3-decouple python3-django-split-settings python3-django python3-django-storages python3-django-storages-s3 python3-asgiref python3-sqlparse)

# Another program may be renewing apt's lists at this moment.
for attempt in 1 2 3; do
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sed -n 1p)
  [ -z "$mirror" ] || break
  sleep "$attempt"
done
if [ -z "$mirror" ]; then
  echo 'newer-django: apt knows no mirror of Debian (has apt-get update been run?)' >&2
  exit 1
fi

mkdir -p "$folder"/{lists,cache,debs}/partial "$folder/root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$folder/sources.list"
: >"$folder/status"
cat >"$folder/apt.conf" <<C
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$folder";
Dir::State::Lists "$folder/lists";
Dir::State::Status "$folder/status";
Dir::Cache "$folder/cache";
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
C
export APT_CONFIG=$folder/apt.conf

for attempt in 1 2 3; do
  if apt-get update -qq >&2 && (cd "$folder/debs" && apt-get download -qq "${packages[@]}" >&2); then break; fi
  if [ "$attempt" = 3 ]; then
    echo "newer-django: $release has not come from $mirror" >&2
    exit 1
  fi
  sleep $((attempt * 3))
done
for package in "$folder"/debs/*.deb; do dpkg-deb -x "$package" "$folder/root"; done

path=$folder/root/usr/lib/python3/dist-packages
cat >"$folder/environs.txt" <<'R'
environs==15.2.0 --hash=sha256:3e460fda6b3c29ebf9add476f55f4977018d00071cac1a62f4399e35b8d28c7a
marshmallow==4.3.1 --hash=sha256:e65accfbe277546df92ed7996a678c90e063e9a7c2a2f5e03f7d0b90e3768c42
R
if python3 -m pip download --quiet --disable-pip-version-check --retries 1 --timeout 20 --no-deps \
  --only-binary :all: --require-hashes \
  --dest "$folder/wheels" -r "$folder/environs.txt" >&2; then
  for wheel in "$folder"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$path"; done
else
  echo 'newer-django: environs has not come, and its cases are left out' >&2
fi

# What is imported here is compiled once for all.
PYTHONPATH=$path /usr/bin/python3 -c '
import django, storages, storages.backends.s3
import django.contrib.staticfiles.management.commands.collectstatic, django.template.loader_tags, django.urls
assert django.VERSION >= (4, 2), f"this is Django {django.__version__}"
assert [int(part) for part in storages.__version__.split(".")[:2]] >= [1, 14], f"this is django-storages {storages.__version__}"
' >&2
echo "$path"
