import { type DjangoCase, s3 } from './django-case.ts'

const storages = `STORAGES = {
        "default": {"BACKEND": "${s3}"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }`

/** A project whose settings are classes; `common` is what the first one says. */
const configured = (common: string, others: string, more: Readonly<Record<string, string>> = {}) => ({
  'site_x/__init__.py': '',
  'site_x/settings.py': `import logging
import os
from pathlib import Path
from configurations import Configuration, values
BASE_DIR = Path(__file__).resolve().parent.parent
class Common(Configuration):
    SECRET_KEY = "of a test"
    STATIC_URL = "/static/"
    AWS_ACCESS_KEY_ID = "AKIAEXAMPLE"
    AWS_SECRET_ACCESS_KEY = "CANARY"
    AWS_STORAGE_BUCKET_NAME = "assets"
    AWS_S3_REGION_NAME = "eu-central-1"
    ${storages}
${common.replace(/^(?=.)/gm, '    ')}
${others}`,
  ...more,
})

const dotEnv = 'DOTENV = os.path.join(BASE_DIR, ".env")\n'
const of = (configuration: string) => ({ needs: ['configurations'], configuration })

/** Settings in classes of django-configurations. */
export const configurationCases: readonly DjangoCase[] = [
  {
    name: 'the only class of django-configurations',
    files: configured('AWS_LOCATION = "media"\nAWS_S3_FILE_OVERWRITE = False\n', ''),
    ...of('Common'),
  },
  {
    name: 'a class that is made from another, and says more and otherwise',
    files: configured(
      'AWS_LOCATION = "media"\nAWS_QUERYSTRING_EXPIRE = 60\n',
      'class Prod(Common):\n    AWS_LOCATION = "prod"\n    AWS_S3_OBJECT_PARAMETERS = {"CacheControl": "max-age=60"}\n    AWS_S3_CUSTOM_DOMAIN = f"{Common.AWS_STORAGE_BUCKET_NAME}.cdn.example.org"\n',
    ),
    ...of('Prod'),
  },
  {
    name: 'the one of several classes that is named',
    files: configured(
      'AWS_LOCATION = "media"\n',
      'class Dev(Common):\n    AWS_LOCATION = "dev"\nclass Prod(Common):\n    AWS_LOCATION = "prod"\n',
    ),
    answers: { DJANGO_CONFIGURATION: 'Dev' },
    ...of('Dev'),
  },
  {
    name: 'values with defaults that nothing else says',
    files: configured(
      'AWS_LOCATION = values.Value("media")\nAWS_S3_FILE_OVERWRITE = values.BooleanValue(False)\nAWS_QUERYSTRING_EXPIRE = values.IntegerValue(77)\nAWS_S3_CUSTOM_DOMAIN = values.Value(None)\nAWS_QUERYSTRING_AUTH = values.Value(False, environ=False)\n',
      '',
    ),
    ...of('Common'),
  },
  {
    name: 'values of a file of variables, by their names and by others, with and without what stands before them',
    files: configured(
      `${dotEnv}AWS_LOCATION = values.Value("media")\nAWS_S3_FILE_OVERWRITE = values.BooleanValue(True)\nAWS_QUERYSTRING_EXPIRE = values.IntegerValue(77, environ_name="EXPIRY", late_binding=True)\nAWS_S3_CUSTOM_DOMAIN = values.Value("wrong.example.org", environ_prefix=None)\nAWS_S3_URL_PROTOCOL = values.Value("https:", environ_prefix="SITE_")\n`,
      '',
      {
        '.env':
          'DJANGO_AWS_LOCATION=up\nDJANGO_AWS_S3_FILE_OVERWRITE=no\nDJANGO_EXPIRY=99\nAWS_S3_CUSTOM_DOMAIN=cdn.example.org\nSITE_AWS_S3_URL_PROTOCOL=http:\n',
      },
    ),
    ...of('Common'),
  },
  {
    name: 'a value that is made before the file of variables is read, and one that nothing says',
    files: configured(
      `${dotEnv}AWS_LOCATION = values.Value("media", environ_name="UP_PREFIX")\nAWS_S3_CUSTOM_DOMAIN = values.Value()\n`,
      '',
      { '.env': 'DJANGO_UP_PREFIX=up\n' },
    ),
    asks: ['AWS_LOCATION', 'AWS_S3_CUSTOM_DOMAIN'],
    ...of('Common'),
  },
  {
    name: 'properties and methods that say a setting, from others',
    files: configured(
      'AWS_LOCATION = values.Value("media")\n@property\ndef AWS_S3_CUSTOM_DOMAIN(self):\n    return f"{self.AWS_STORAGE_BUCKET_NAME}.cdn.example.org"\ndef AWS_S3_OBJECT_PARAMETERS(self):\n    return {"CacheControl": self.age(60), "ContentDisposition": self.AWS_LOCATION}\ndef age(self, seconds):\n    return f"max-age={seconds}"\n',
      '',
    ),
    ...of('Common'),
  },
  {
    name: 'a property that goes on from that of the class before it, and one that is computed',
    files: configured(
      '@property\ndef AWS_S3_OBJECT_PARAMETERS(self):\n    return {"CacheControl": "max-age=60"}\n',
      'import json\nclass Prod(Common):\n    @property\n    def AWS_S3_OBJECT_PARAMETERS(self):\n        return {**super().AWS_S3_OBJECT_PARAMETERS, "ContentDisposition": "inline"}\n    @property\n    def AWS_LOCATION(self):\n        return json.loads("[1]")[0] and "up"\n',
    ),
    asks: ['AWS_LOCATION'],
    ...of('Prod'),
  },
  {
    name: 'a mixin before a configuration',
    files: configured(
      'AWS_LOCATION = "media"\n',
      'class Private:\n    AWS_DEFAULT_ACL = "private"\n    AWS_LOCATION = "private"\nclass Prod(Private, Common):\n    pass\n',
    ),
    ...of('Prod'),
  },
  {
    name: 'a mixin behind a configuration',
    files: configured(
      'AWS_LOCATION = "media"\n',
      'class Private:\n    AWS_DEFAULT_ACL = "private"\n    AWS_LOCATION = "private"\nclass Prod(Common, Private):\n    pass\n',
    ),
    ...of('Prod'),
  },
  {
    name: 'a diamond of configurations, where the first has all of the last as its own',
    files: configured(
      'AWS_LOCATION = "media"\nAWS_QUERYSTRING_EXPIRE = 60\n',
      'class Left(Common):\n    AWS_S3_FILE_OVERWRITE = False\nclass Right(Common):\n    AWS_LOCATION = "right"\n    AWS_IS_GZIPPED = True\nclass Prod(Left, Right):\n    pass\n',
    ),
    ...of('Prod'),
  },
  {
    name: 'storages of a mixin behind a configuration, which Django’s own are before',
    files: (() => {
      const files = configured('', 'class Prod(Plain, Common):\n    pass\n')
      return {
        ...files,
        'site_x/settings.py': files['site_x/settings.py'].replace(
          'class Common(',
          'class Plain(Configuration):\n    STATIC_URL = "/static/"\n    SECRET_KEY = "of a test"\nclass Common(',
        ),
      }
    })(),
    asks: ['STORAGES'],
    ...of('Prod'),
  },
  {
    name: 'values in a dict, which are made at once where their variable has a name',
    files: configured(
      `STORAGES = {
    "default": {"BACKEND": "${s3}", "OPTIONS": {"location": values.Value("up", environ_name="UP_PREFIX"), "file_overwrite": values.BooleanValue(False, environ_name="OVER")}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}\n`,
      '',
    ),
    ...of('Common'),
  },
  {
    name: 'what is done before and after the set-up is asked, where it is more than a word in the log',
    files: configured(
      'AWS_LOCATION = "media"\n@classmethod\ndef post_setup(cls):\n    super().post_setup()\n    logging.debug("done")\n',
      'class Prod(Common):\n    @classmethod\n    def pre_setup(cls):\n        super().pre_setup()\n        cls.AWS_LOCATION = "set"\n',
    ),
    asks: ['site_x.settings.line_24'],
    ...of('Prod'),
  },
]
