import { classes, defaultStorage, s3, settings, uploads, type DjangoCase } from './django-case.ts'

/** What the classes of storages say, and what they send with a file. */
export const classCases: readonly DjangoCase[] = [
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
    name: 'the type, the encoding, the language and the disposition of what is written',
    files: uploads(
      'object_parameters = {"ContentType": "application/x-file", "ContentEncoding": "br", "ContentDisposition": "attachment", "ContentLanguage": "pt-BR", "StorageClass": "STANDARD_IA"}',
    ),
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
]
