/** Settings and storages as people write them, and what Pail cannot tell of them, so that it asks. */
export interface DjangoCase {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** The names of the questions, sorted. */
  readonly asks?: readonly string[]
}

const defaultStorage = (backend: string, options = '') =>
  `STORAGES = {
    "default": {"BACKEND": "${backend}"${options === '' ? '' : `, "OPTIONS": ${options}`}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
`
const head = `import os
DEBUG = True
STATIC_URL = "/static/"
SECRET_KEY = "of a test"
AWS_ACCESS_KEY_ID = "AKIAEXAMPLE"
AWS_SECRET_ACCESS_KEY = "CANARY"
AWS_STORAGE_BUCKET_NAME = "assets"
AWS_S3_REGION_NAME = "eu-central-1"
`

/** A project whose settings are these. */
const settings = (
  text: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  'site_x/__init__.py': '',
  'site_x/settings.py': `${head}${text}`,
  ...more,
})

const s3 = 'storages.backends.s3.S3Storage'

/** A project with a class for uploads. */
const uploads = (body: string, more = '', before = '') =>
  settings(`${defaultStorage('site_x.backends.Uploads')}${more}`, {
    'site_x/backends.py': `from django.conf import settings
from storages.backends.s3 import S3Storage, S3StaticStorage, S3ManifestStaticStorage
from storages.backends.s3boto3 import S3Boto3Storage
from storages.utils import setting
import site_x.elsewhere as elsewhere
${before}
class Uploads(S3Storage):
${body.replace(/^(?=.)/gm, '    ')}
`,
    'site_x/elsewhere.py': elsewhere,
  })

/** A project with classes of its own. */
const classes = (text: string, more = '') => {
  const files = uploads('pass', more)
  return {
    ...files,
    'site_x/backends.py': files['site_x/backends.py']!.replace(/class Uploads[\s\S]*$/, text),
  }
}

/** What is computed when it is run. */
const elsewhere = `import json
HERE = json.loads('{"location": "computed", "default_acl": "private"}')
def here():
    return HERE
def prefix():
    return HERE["location"]
def flag():
    return json.loads("true")
`

const initializer = (lines: string, end = 'super().__init__(*args, **kwargs)') =>
  `def __init__(self, *args, **kwargs):\n    ${lines.replaceAll('\n', '\n    ')}\n    ${end}`

const defaultsOf = (lines: string) =>
  `def get_default_settings(self):\n    ${lines.replaceAll('\n', '\n    ')}`

/** Every setting of a storage that a destination needs: asked where any of them may be said by what is not read. */
const anything = [
  'addressing_style',
  'bucket_name',
  'custom_domain',
  'default_acl',
  'endpoint_url',
  'file_overwrite',
  'gzip',
  'location',
  'object_parameters',
  'querystring_auth',
  'querystring_expire',
  'region_name',
  'url_protocol',
]

export const djangoCases: readonly DjangoCase[] = [
  // Initializers.
  {
    name: 'keywords of super().__init__',
    files: uploads(initializer('pass', 'super().__init__(location="up", default_acl="private", **kwargs)')),
  },
  {
    name: 'a dict spread in super().__init__',
    files: uploads(initializer('pass', 'super().__init__(**{"location": "up", "querystring_auth": False})')),
  },
  {
    name: 'a dict spread that a name has',
    files: uploads(
      initializer(
        'options = {"location": "up"}\noptions["file_overwrite"] = False',
        'super().__init__(**options)',
      ),
    ),
  },
  {
    name: 'a union spread in super().__init__',
    files: uploads(initializer('pass', 'super().__init__(**({"location": "up"} | kwargs))')),
  },
  {
    name: 'a union with kwargs on the left',
    files: uploads(initializer('pass', 'super().__init__(**{**kwargs, "location": "up"})')),
  },
  {
    name: 'a module’s dict spread',
    files: uploads(
      initializer('pass', 'super().__init__(**PLACE, **kwargs)'),
      '',
      'PLACE = dict(location="up", file_overwrite=False)',
    ),
  },
  {
    name: 'a setting’s dict spread',
    files: uploads(
      initializer('pass', 'super().__init__(**settings.UPLOADS)'),
      'UPLOADS = {"location": "up", "bucket_name": "other"}\n',
    ),
  },
  {
    name: 'a spread of what is computed',
    files: uploads(initializer('pass', 'super().__init__(**{**elsewhere.here(), "bucket_name": "own"})')),
    asks: anything.filter((name) => name !== 'bucket_name').map((name) => `Uploads.${name}`),
  },
  {
    name: 'a spread of what is computed, with a domain and a class attribute',
    files: uploads(
      `location = "up"\ncustom_domain = "cdn.example.org"\n${initializer('pass', 'super().__init__(**{"default_acl": "private", **elsewhere.here()})')}`,
    ),
    asks: anything.map((name) => `Uploads.${name}`),
  },
  {
    name: 'kwargs that are set',
    files: uploads(initializer('kwargs["location"] = "up"\nkwargs.setdefault("file_overwrite", False)')),
  },
  {
    name: 'setdefault gives way to OPTIONS',
    files: {
      ...uploads(initializer('kwargs.setdefault("location", "up")')),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "from options"}')}`,
    },
  },
  {
    name: 'kwargs that are set win over OPTIONS',
    files: {
      ...uploads(initializer('kwargs["location"] = "up"')),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "from options"}')}`,
    },
  },
  {
    name: 'OPTIONS win over attributes',
    files: {
      ...uploads('location = "up"\nfile_overwrite = False'),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "from options"}')}`,
    },
  },
  {
    name: 'OPTIONS that are not passed on',
    files: {
      ...uploads('def __init__(self, **kwargs):\n    super().__init__()\nlocation = "up"'),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "from options"}')}`,
    },
  },
  {
    name: 'kwargs that are taken away',
    files: {
      ...uploads(initializer('kwargs.pop("location", None)\nkwargs.pop("nothing", None)')),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "from options", "file_overwrite": False}')}`,
    },
  },
  {
    name: 'kwargs that are popped into a local',
    files: {
      ...uploads(initializer('place = kwargs.pop("location", "x")\nkwargs["location"] = place + "/more"')),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "base"}')}`,
    },
  },
  { name: 'kwargs that are replaced', files: uploads(initializer('kwargs = {"location": "up", **kwargs}')) },
  { name: 'kwargs by an augmented union', files: uploads(initializer('kwargs |= {"location": "up"}')) },
  {
    name: 'parameters with defaults',
    files: uploads(
      'def __init__(self, location="up", file_overwrite=False, **kwargs):\n    super().__init__(location=location, file_overwrite=file_overwrite, **kwargs)',
    ),
  },
  {
    name: 'keyword-only parameters that OPTIONS set',
    files: {
      ...uploads(
        'def __init__(self, *, location: str = "up", **kwargs) -> None:\n    super().__init__(location=f"{location}/more", **kwargs)',
      ),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "base"}')}`,
    },
  },
  { name: 'self before super', files: uploads(initializer('self.location = "up"')) },
  {
    name: 'self after super',
    files: {
      ...uploads(
        'location = "not this"\ndef __init__(self, *args, **kwargs):\n    super().__init__(*args, **kwargs)\n    self.location = f"{self.bucket_name}/up"',
      ),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "nor this"}')}`,
    },
  },
  {
    name: 'self before super gives way to OPTIONS',
    files: {
      ...uploads(initializer('self.location = "up"')),
      'site_x/settings.py': `${head}${defaultStorage('site_x.backends.Uploads', '{"location": "from options"}')}`,
    },
  },
  { name: 'setattr', files: uploads(initializer('setattr(self, "location", "up")')) },
  {
    name: 'the older super',
    files: uploads(
      initializer('kwargs["location"] = "up"', 'super(Uploads, self).__init__(*args, **kwargs)'),
    ),
  },
  {
    name: 'the initializer of the base by its name',
    files: uploads(initializer('pass', 'S3Storage.__init__(self, location="up")')),
  },
  {
    name: 'a setting of the initializer under a condition',
    files: uploads(initializer('if elsewhere.flag():\n    kwargs["location"] = "up"')),
    asks: ['Uploads.location'],
  },
  {
    name: 'a condition that the settings decide',
    files: uploads(
      initializer(
        'if settings.PRIVATE:\n    kwargs["default_acl"] = "private"\nelse:\n    kwargs["default_acl"] = "public-read"',
      ),
      'PRIVATE = True\n',
    ),
  },
  {
    name: 'a loop over settings',
    files: uploads(initializer('for name, value in {"location": "up"}.items():\n    kwargs[name] = value')),
  },

  // Default settings.
  {
    name: 'default settings with a key set',
    files: uploads(
      defaultsOf(
        'defaults = super().get_default_settings()\ndefaults["location"] = "up"\ndefaults["file_overwrite"] = False\nreturn defaults',
      ),
    ),
  },
  {
    name: 'default settings updated',
    files: uploads(
      defaultsOf(
        'defaults = super().get_default_settings()\ndefaults.update({"location": "up"}, file_overwrite=False)\nreturn defaults',
      ),
    ),
  },
  {
    name: 'default settings in a new dict',
    files: uploads(
      defaultsOf('return {**super().get_default_settings(), "location": "up", "default_acl": "private"}'),
    ),
  },
  {
    name: 'default settings as a union',
    files: uploads(
      defaultsOf(
        'return super().get_default_settings() | {"location": setting("UPLOADS_PREFIX", "up"), "custom_domain": None}',
      ),
      'AWS_S3_CUSTOM_DOMAIN = "cdn.example.org"\n',
    ),
  },
  {
    name: 'default settings by dict()',
    files: uploads(defaultsOf('return dict(super().get_default_settings(), location="up")')),
  },
  {
    name: 'attributes win over default settings',
    files: uploads(
      `location = "attribute"\n${defaultsOf('defaults = super().get_default_settings()\ndefaults["location"] = "up"\nreturn defaults')}`,
    ),
  },
  {
    name: 'default settings that are computed',
    files: uploads(
      defaultsOf(
        'defaults = super().get_default_settings()\ndefaults["location"] = elsewhere.prefix()\nreturn defaults',
      ),
    ),
    asks: ['Uploads.location'],
  },
  {
    name: 'default settings of settings',
    files: uploads(
      defaultsOf(
        'defaults = super(Uploads, self).get_default_settings()\ndefaults["bucket_name"] = settings.OTHER_BUCKET\nreturn defaults',
      ),
      'OTHER_BUCKET = "other"\n',
    ),
  },
  {
    name: 'default settings in several steps',
    files: uploads(
      `${defaultsOf('defaults = super().get_default_settings()\nif settings.SEPARATE:\n    defaults = {**defaults, "location": self.place}\nreturn defaults')}\nplace = "up"`,
      'SEPARATE = True\n',
    ),
  },
  {
    name: 'default settings of a base class',
    files: classes(
      'class Base(S3Storage):\n    def get_default_settings(self):\n        found = super().get_default_settings()\n        found["file_overwrite"] = False\n        return found\n\nclass Uploads(Base):\n    location = "up"\n',
    ),
  },
  {
    name: 'default settings that are updated by what is computed',
    files: uploads(
      defaultsOf(
        'defaults = super().get_default_settings()\ndefaults.update(elsewhere.here())\ndefaults["custom_domain"] = "cdn.example.org"\nreturn defaults',
      ),
    ),
    asks: anything.filter((name) => name !== 'custom_domain').map((name) => `Uploads.${name}`),
  },

  // Classes.
  {
    name: 'mixins',
    files: classes(
      'class Private:\n    default_acl = "private"\n    file_overwrite = False\n    querystring_expire = 600\nclass Place:\n    location = "up"\nclass Uploads(Private, Place, S3Storage):\n    pass\n',
    ),
  },
  {
    name: 'a diamond, in the order of Python',
    files: classes(
      'class Base(S3Storage):\n    location = "base"\nclass Left(Base):\n    file_overwrite = False\nclass Right(Base):\n    location = "right"\nclass Uploads(Left, Right):\n    pass\n',
    ),
  },
  {
    name: 'mixins with initializers',
    files: classes(
      'class Place:\n    def __init__(self, **kwargs):\n        kwargs["location"] = "mixed"\n        super().__init__(**kwargs)\nclass Base(S3Storage):\n    def __init__(self, **kwargs):\n        kwargs.setdefault("file_overwrite", False)\n        super().__init__(**kwargs)\nclass Uploads(Place, Base):\n    def __init__(self, **kwargs):\n        super().__init__(location="mine", **kwargs)\n',
    ),
  },
  {
    name: 'a mixin behind a static storage',
    files: classes(
      'class Signed:\n    querystring_auth = True\nclass Uploads(S3StaticStorage, Signed):\n    location = "up"\n',
    ),
  },
  {
    name: 'a mixin before a static storage',
    files: classes(
      'class Signed:\n    querystring_auth = True\nclass Uploads(Signed, S3StaticStorage):\n    location = "up"\n',
    ),
  },
  {
    name: 'attributes under a condition in the class',
    files: uploads(
      'if settings.PRIVATE:\n    default_acl = "private"\nelse:\n    location = "up"',
      'PRIVATE = True\n',
    ),
  },
  {
    name: 'attributes in try',
    files: uploads(
      'try:\n    location = settings.UPLOADS_PREFIX\nexcept AttributeError:\n    location = "up"',
      'UPLOADS_PREFIX = "there"\n',
    ),
    asks: ['Uploads.location'],
  },
  {
    name: 'several attributes at once',
    files: uploads('location, file_overwrite = "up", False\ndefault_acl = querystring_auth = None'),
  },
  { name: 'an attribute that grows', files: uploads('location = "up"\nlocation += "/more"') },
  {
    name: 'an annotated attribute',
    files: uploads('location: str = "up"\nfile_overwrite: bool = False\ncustom_domain: str'),
  },
  {
    name: 'attributes that are set later',
    files:
      uploads('pass', '', '') &&
      classes(
        'class Uploads(S3Storage):\n    pass\nUploads.location = "up"\nsetattr(Uploads, "file_overwrite", False)\n',
      ),
  },
  {
    name: 'a property with a text',
    files: uploads(
      '@property\ndef location(self):\n    return "up"\n@property\ndef custom_domain(self):\n    return f"{self.bucket_name}.cdn.example.org"',
    ),
  },
  {
    name: 'a property that is computed',
    files: uploads('@property\ndef location(self):\n    return elsewhere.prefix()'),
    asks: ['Uploads.location'],
  },
  {
    name: 'a property made by property()',
    files: uploads('location = property(lambda self: "up")'),
    asks: ['Uploads.location'],
  },
  {
    name: 'an attribute of another class',
    files: uploads(
      'location = Names.UPLOADS',
      '',
      'class Names:\n    BASE = "up"\n    UPLOADS = BASE + "/x"',
    ),
  },
  {
    name: 'an enum of the project',
    files: uploads(
      'location = Place.UPLOADS.value',
      '',
      'import enum\nclass Place(enum.Enum):\n    UPLOADS = "up"',
    ),
    asks: ['Uploads.location'],
  },
  {
    name: 'settings by getattr and by setting()',
    files: uploads(
      'location = getattr(settings, "UPLOADS_PREFIX", "up")\nbucket_name = setting("UPLOADS_BUCKET", "other")\nfile_overwrite = getattr(settings, "NO_SUCH", False)',
      'UPLOADS_PREFIX = "there"\n',
    ),
  },
  {
    name: 'a class that is made by type()',
    files: classes('Uploads = type("Uploads", (S3Storage,), {"location": "up"})\n'),
    asks: [],
  },
  {
    name: 'a class under a condition',
    files: classes(
      'if settings.NEW:\n    class Uploads(S3Storage):\n        location = "new"\nelse:\n    class Uploads(S3Storage):\n        location = "old"\n',
      'NEW = True\n',
    ),
  },
  {
    name: 'a class with a decorator',
    files: classes(
      'from django.utils.deconstruct import deconstructible\n@deconstructible\nclass Uploads(S3Storage):\n    location = "up"\n',
    ),
  },
  {
    name: 'a class of a class that is imported by another name',
    files: classes(
      'from storages.backends import s3 as backend\nimport storages.backends.s3boto3\nclass Base(backend.S3Storage):\n    location = "up"\nclass Uploads(Base):\n    file_overwrite = False\n',
    ),
  },

  // What is written.
  {
    name: 'parameters of an object in a method',
    files: uploads(
      'def get_object_parameters(self, name):\n    return {**super().get_object_parameters(name), "CacheControl": "max-age=60"}',
      'AWS_S3_OBJECT_PARAMETERS = {"ContentDisposition": "inline"}\n',
    ),
  },
  {
    name: 'parameters of an object by its name',
    files: uploads(
      'def get_object_parameters(self, name):\n    params = super().get_object_parameters(name)\n    if name.endswith(".pdf"):\n        params["CacheControl"] = "no-cache"\n    return params',
    ),
    asks: ['Uploads.object_parameters["CacheControl"]'],
  },
  {
    name: 'a parameter that is computed',
    files: uploads('object_parameters = {"CacheControl": elsewhere.prefix()}'),
    asks: ['Uploads.object_parameters["CacheControl"]'],
  },
  {
    name: 'an ACL in the parameters',
    files: settings(
      `${defaultStorage(s3)}AWS_S3_OBJECT_PARAMETERS = {"ACL": "public-read", "CacheControl": "max-age=86400"}\nAWS_DEFAULT_ACL = "private"\n`,
    ),
  },
  {
    name: 'parameters in OPTIONS',
    files: settings(
      defaultStorage(s3, '{"object_parameters": {"CacheControl": "max-age=60"}, "default_acl": None}'),
    ),
  },

  // Settings.
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
    asks: ['AWS_LOCATION'],
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
  // What Python writes or compares otherwise than JavaScript, and lists that are changed.
  ...(
    [
      ['a comparison of three', 'AWS_LOCATION = "a" if "p" == "p" == "p" else "b"', true],
      ['a quotient in a text', 'AWS_LOCATION = "v%s" % (4 / 2)', true],
      ['a float in a text', 'AWS_LOCATION = f"v{1.0}"', true],
      ['a number that no double holds', 'AWS_LOCATION = f"v{12345678901234567890}"', true],
      ['float()', 'AWS_LOCATION = "v" + str(float("2"))', true],
      ['True is 1', 'AWS_LOCATION = "a" if 1 == True and 0 in [False] else "b"', false],
      ['a text that is not empty is true', 'AWS_LOCATION = "a" if bool("False") else "b"', false],
      ['a character by its name', 'AWS_LOCATION = "a\\N{BULLET}b"', true],
      [
        'a list that grows',
        'P = ["a"]\nQ = P\nP.append("b")\nP.extend(["c"])\nAWS_LOCATION = "/".join(Q)',
        false,
      ],
      ['a list under two names', 'P = ["a"]\nQ = P\nQ += ["b"]\nAWS_LOCATION = "/".join(P)', false],
      ['a dict under two names', 'D = {"l": "x"}\nE = D\nE |= {"l": "y"}\nAWS_LOCATION = D["l"]', false],
      ['an item that is set', 'P = ["a", "b"]\nP[0] = "c"\nAWS_LOCATION = P[0]', true],
      ['a list that is sorted', 'P = ["b", "a"]\nP.sort()\nAWS_LOCATION = P[0]', true],
      ['a list that loses', 'P = ["a", "b"]\nX = P.pop()\nAWS_LOCATION = P[-1]', true],
      [
        'a dict that is given away',
        'D = {"l": "a"}\ndef change(d):\n    d["l"] = "b"\nchange(D)\nAWS_LOCATION = D["l"]',
        true,
      ],
      [
        'the name of the project’s own folder',
        'from pathlib import Path\nAWS_LOCATION = Path(__file__).resolve().parent.parent.name',
        true,
      ],
    ] as const
  ).map(([name, text, isAsked]) => ({
    name,
    files: settings(`${text}\n${defaultStorage(s3)}`),
    asks: isAsked ? ['AWS_LOCATION'] : [],
  })),
]
