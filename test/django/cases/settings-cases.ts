import { anything, classes, defaultStorage, s3, settings, uploads, type DjangoCase } from './django-case.ts'

/** What settings say, and where. */
export const settingsCases: readonly DjangoCase[] = [
  {
    name: 'custom_domain False',
    files: uploads(
      'custom_domain = False\nquerystring_auth = True',
      'AWS_S3_CUSTOM_DOMAIN = "cdn.example.org"\n',
    ),
  },
  { name: 'querystring_auth off', files: settings(`${defaultStorage(s3)}AWS_QUERYSTRING_AUTH = False\n`) },
  { name: 'an expiry', files: settings(`${defaultStorage(s3)}AWS_QUERYSTRING_EXPIRE = 60 * 60 * 24\n`) },
  {
    name: 'an expiry as a text of the environment',
    files: {
      ...settings(`${defaultStorage(s3)}AWS_QUERYSTRING_EXPIRE = int(os.environ.get("EXPIRE", "600"))\n`),
    },
  },
  {
    name: 'OPTIONS set later',
    files: settings(
      `${defaultStorage(s3, '{}')}STORAGES["default"]["OPTIONS"]["location"] = "up"\nSTORAGES["default"]["OPTIONS"] |= {"file_overwrite": False}\nSTORAGES["default"]["OPTIONS"].update(querystring_expire=60)\n`,
    ),
  },
  {
    name: 'OPTIONS as a union',
    files: settings(
      `COMMON = {"location": "up"}\n${defaultStorage(s3, 'COMMON | {"file_overwrite": False}')}`,
    ),
  },
  {
    name: 'OPTIONS spread',
    files: settings(
      `COMMON = {"location": "up", "file_overwrite": False}\n${defaultStorage(s3, '{**COMMON, "location": "over"}')}`,
    ),
  },
  {
    name: 'OPTIONS of dict()',
    files: settings(
      `COMMON = dict(location="up")\n${defaultStorage(s3, 'dict(COMMON, file_overwrite=False)')}`,
    ),
  },
  {
    name: 'OPTIONS of dict() with a spread',
    files: settings(
      `COMMON = dict(location="up")\n${defaultStorage(s3, 'dict(**COMMON, file_overwrite=False)')}`,
    ),
  },
  {
    name: 'OPTIONS spread of what is computed',
    files: settings(
      `import json\n${defaultStorage(s3, '{"file_overwrite": True, **json.loads("{\\"location\\": \\"up\\"}"), "bucket_name": "own"}')}`,
    ),
    asks: anything.filter((name) => name !== 'bucket_name').map((name) => `S3Storage.${name}`),
  },
  {
    name: 'STORAGES updated',
    files: settings(
      `${defaultStorage('django.core.files.storage.FileSystemStorage')}STORAGES.update({"default": {"BACKEND": "${s3}", "OPTIONS": {"location": "up"}}})\n`,
    ),
  },
  {
    name: 'STORAGES of a union',
    files: settings(
      `${defaultStorage('django.core.files.storage.FileSystemStorage')}STORAGES = STORAGES | {"default": {"BACKEND": "${s3}", "OPTIONS": {"location": "up"}}}\n`,
    ),
  },
  {
    name: 'STORAGES spread',
    files: settings(
      `${defaultStorage(s3)}STORAGES = {**STORAGES, "default": {**STORAGES["default"], "OPTIONS": {"location": "up"}}}\n`,
    ),
  },
  {
    name: 'STORAGES of a comprehension',
    files: settings(`STORAGES = {name: {"BACKEND": "${s3}"} for name in ("default", "staticfiles")}\n`),
    asks: ['STORAGES'],
  },
  {
    name: 'a dict that shares its OPTIONS',
    files: settings(
      `OPTIONS = {"bucket_name": "shared"}\n${defaultStorage(s3, 'OPTIONS')}OPTIONS["location"] = "up"\n`,
    ),
  },
  {
    name: 'a branch that the settings decide',
    files: settings(
      `USE_S3 = True\nif USE_S3:\n    AWS_LOCATION = "up"\n${defaultStorage(s3).replace(/^(?=.)/gm, '    ')}\nelse:\n    MEDIA_ROOT = "/x"\n`,
    ),
  },
  {
    name: 'a branch of two that are about S3',
    files: settings(
      `LIVE = False\nif LIVE:\n    AWS_LOCATION = "live"\nelif not LIVE:\n    AWS_LOCATION = "test"\n${defaultStorage(s3)}`,
    ),
  },
  {
    name: 'a conditional expression',
    files: settings(`LIVE = True\nAWS_LOCATION = "live" if LIVE else "test"\n${defaultStorage(s3)}`),
  },
  {
    name: 'a walrus',
    files: settings(`if (place := "up"):\n    AWS_LOCATION = place\n${defaultStorage(s3)}`),
  },
  {
    name: 'annotations, continued lines and long strings',
    files: settings(
      `AWS_LOCATION: str = """up"""\nAWS_DEFAULT_ACL = \\\n    "private"\nAWS_S3_CUSTOM_DOMAIN: "str | None" = (\n    "cdn."\n    "example.org"\n)\n${defaultStorage(s3)}`,
    ),
  },
  {
    name: 'the environment with defaults',
    files: settings(
      `AWS_LOCATION = os.getenv("UP_PREFIX", "up")\nAWS_S3_FILE_OVERWRITE = os.environ.get("OVER", "no") == "yes"\nAWS_S3_CUSTOM_DOMAIN = os.getenv("CDN_DOMAIN", default=None)\n${defaultStorage(s3)}`,
    ),
  },
  {
    name: 'or',
    files: settings(
      `PLACE = ""\nAWS_LOCATION = PLACE or "up"\nAWS_S3_CUSTOM_DOMAIN = PLACE and "cdn.example.org"\n${defaultStorage(s3)}`,
    ),
  },
  {
    name: 'texts that are cut and joined',
    files: settings(
      `AWS_LOCATION = "/".join(["up", "more"])\nAWS_S3_CUSTOM_DOMAIN = "https://cdn.example.org/".replace("https://", "").rstrip("/")\n${defaultStorage(s3)}`,
    ),
  },
  {
    name: 'texts that are taken apart',
    files: settings(
      `AWS_LOCATION = "a/up/c".split("/")[1]\nAWS_S3_CUSTOM_DOMAIN = "https://cdn.example.org"[8:]\n${defaultStorage(s3)}`,
    ),
    asks: ['AWS_S3_CUSTOM_DOMAIN'],
  },
  {
    name: 'formats',
    files: settings(
      `NAME = "up"\nAWS_LOCATION = f"{NAME!s}/{7:03d}"\nAWS_S3_CUSTOM_DOMAIN = "{0}.{name}".format("cdn", name="example.org")\n${defaultStorage(s3)}`,
    ),
    asks: ['AWS_LOCATION'],
  },
  {
    name: 'split settings',
    files: {
      ...settings(
        `from .base import *\nAWS_LOCATION = f"{PLACE}/live"\nfrom .late import AWS_S3_FILE_OVERWRITE as AWS_S3_FILE_OVERWRITE\n${defaultStorage(s3)}`,
      ),
      'site_x/base.py': 'PLACE = "up"\n_HIDDEN = "x"\nAWS_QUERYSTRING_EXPIRE = 60\n',
      'site_x/late.py': 'AWS_S3_FILE_OVERWRITE = False\n',
    },
  },
  {
    name: 'an import that __all__ limits',
    files: {
      ...settings(`from .base import *\n${defaultStorage(s3)}`),
      'site_x/base.py': '__all__ = ["AWS_LOCATION"]\nAWS_LOCATION = "up"\nAWS_QUERYSTRING_EXPIRE = 60\n',
    },
  },
  {
    name: 'a name that is deleted',
    files: settings(`AWS_LOCATION = "up"\ndel AWS_LOCATION\n${defaultStorage(s3)}`),
  },
  {
    name: 'a function that is called for a setting',
    files: settings(`def where(name="up"):\n    return name\nAWS_LOCATION = where()\n${defaultStorage(s3)}`),
  },
  {
    name: 'try around settings',
    files: settings(`try:\n    from .local import *\nexcept ImportError:\n    pass\n${defaultStorage(s3)}`, {
      'site_x/local.py': 'AWS_LOCATION = "local"\n',
    }),
  },
  {
    name: 'a loop that fills settings',
    files: settings(
      `${defaultStorage(s3, '{}')}for name, value in (("location", "up"),):\n    STORAGES["default"]["OPTIONS"][name] = value\n`,
    ),
  },
  {
    name: 'globals() in a loop',
    files: settings(`for name in ("AWS_LOCATION",):\n    globals()[name] = "up"\n${defaultStorage(s3)}`),
  },
  {
    name: 'match',
    files: settings(
      `match os.name:\n    case "posix":\n        AWS_LOCATION = "up"\n    case _:\n        AWS_LOCATION = "down"\n${defaultStorage(s3)}`,
    ),
    asks: ['AWS_LOCATION'],
  },
  { name: 'a factory that is a lambda', files: classes('Uploads = lambda: S3Storage(location="up")\n') },
  {
    name: 'a factory that is a function',
    files: classes('def Uploads():\n    return S3Storage(location="up", file_overwrite=False)\n'),
  },
  {
    name: 'a factory that is functools.partial',
    files: classes('import functools\nUploads = functools.partial(S3Storage, location="up")\n'),
  },
  {
    name: 'static files with a manifest',
    files: settings(
      `STORAGES = {"staticfiles": {"BACKEND": "storages.backends.s3.S3ManifestStaticStorage", "OPTIONS": {"location": "static"}}, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}\n`,
    ),
  },
  {
    name: 'a key pair of CloudFront',
    files: settings(
      `AWS_S3_CUSTOM_DOMAIN = "cdn.example.org"\nAWS_CLOUDFRONT_KEY_ID = "K2JCJMDEHXQW5F"\nAWS_CLOUDFRONT_KEY = open(os.environ["TEST_KEY"]).read()\n${defaultStorage(s3)}`,
    ),
  },
  {
    name: 'Django’s own name for a storage',
    files: uploads(
      'def url(self, name, parameters=None, expire=None, http_method=None):\n    return super().url(name, parameters, expire, http_method)\ndef get_available_name(self, name, max_length=None):\n    return name\nfile_overwrite = False',
    ),
    asks: ['Uploads.file_overwrite'],
  },
]
