import { defaultStorage, type DjangoCase, s3, settings } from './django-case.ts'

const after = defaultStorage(s3)
const environ = (text: string, env: string, made = 'environ.Env()') =>
  settings(
    `import environ\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\nenv = ${made}\nenviron.Env.read_env(str(BASE_DIR / ".env"))\n${text}${after}`,
    { '.env': env },
  )
/** With environs, told to read `.env` where that is not said otherwise. */
const environs = (text: string, env: string, made = 'Env()', reads = 'env.read_env()') =>
  settings(
    `from environs import Env\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\nenv = ${made}\n${reads}\n${text}${after}`,
    { '.env': env },
  )
const decouple = (text: string, more: Readonly<Record<string, string>>) =>
  settings(`from decouple import config\n${text}${after}`, more)

/** What code reads of the environment, with the libraries that projects have for it, and what it sets there. */
export const environmentCases: readonly DjangoCase[] = [
  {
    name: 'a variable that the code sets, over what a file says',
    files: settings(
      `os.environ["UP_PREFIX"] = "from-code"\nAWS_LOCATION = os.environ["UP_PREFIX"]\n${after}`,
      { '.env': 'UP_PREFIX=from-file\n' },
    ),
  },
  {
    name: 'variables that the code sets by default and in a dict, and takes away',
    files: settings(
      `os.environ.setdefault("UP_PREFIX", "code")\nos.environ.update({"UP_EXPIRE": "77"}, UP_DOMAIN="cdn.example.org")\nAWS_LOCATION = os.environ["UP_PREFIX"]\nAWS_QUERYSTRING_EXPIRE = int(os.getenv("UP_EXPIRE", "5"))\nAWS_S3_CUSTOM_DOMAIN = os.environ.get("UP_DOMAIN")\n${after}`,
    ),
  },
  {
    name: 'a variable that the code sets under a condition',
    files: settings(
      `import sys\nif "runserver" in sys.argv:\n    os.environ["UP_PREFIX"] = "dev"\nelse:\n    os.environ["UP_PREFIX"] = "prod"\nAWS_LOCATION = os.environ["UP_PREFIX"]\n${after}`,
    ),
    asks: ['AWS_LOCATION'],
  },
  {
    name: 'a variable that the code sets to what is computed, or takes away',
    files: settings(
      `os.environ["UP_PREFIX"] = "-".join(sorted(["a", "b"]))\nos.environ["UP_DOMAIN"] = "x"\ndel os.environ["UP_DOMAIN"]\nAWS_LOCATION = os.environ["UP_PREFIX"]\nAWS_S3_CUSTOM_DOMAIN = os.environ.get("UP_DOMAIN", None)\n${after}`,
      { '.env': 'UP_PREFIX=from-file\n' },
    ),
    asks: ['AWS_LOCATION', 'AWS_S3_CUSTOM_DOMAIN'],
  },
  {
    name: 'files that say a variable differently',
    files: settings(
      `AWS_LOCATION = os.environ.get("UP_PREFIX", "up")\nAWS_QUERYSTRING_EXPIRE = int(os.environ.get("UP_EXPIRE", 60))\n${after}`,
      {
        '.env': 'UP_PREFIX=one\n',
        '.env.production': 'UP_PREFIX=two\n',
      },
    ),
    asks: ['AWS_LOCATION'],
  },
  {
    name: 'the one of several files that django-environ is told to read',
    files: environ('AWS_LOCATION = env("UP_PREFIX")\n', 'UP_PREFIX=one\n'),
    needs: ['environ'],
  },
  {
    name: 'types of django-environ, by the call and by the scheme',
    files: environ(
      'AWS_QUERYSTRING_AUTH = env("SIGNED")\nAWS_S3_FILE_OVERWRITE = env("OVER", bool)\nAWS_LOCATION = env("UP_PREFIX", str, "up")\nAWS_QUERYSTRING_EXPIRE = env("UP_EXPIRE")\nAWS_IS_GZIPPED = env("ZIP", default=True)\n',
      'SIGNED=off\nOVER=False\nUP_EXPIRE=99\nZIP=False\n',
      'environ.Env(SIGNED=(bool, True), UP_EXPIRE=int)',
    ),
    needs: ['environ'],
  },
  {
    name: 'what is true for django-environ',
    files: environ(
      'AWS_QUERYSTRING_AUTH = env.bool("SIGNED")\nAWS_S3_FILE_OVERWRITE = env.bool("OVER")\nAWS_S3_CUSTOM_DOMAIN = env("DOMAIN", default=None)\n',
      'SIGNED=2\nOVER=t\nDOMAIN=\n',
    ),
    needs: ['environ'],
  },
  {
    name: 'a prefix of django-environ, and a variable that names another',
    files: environ(
      'AWS_S3_CUSTOM_DOMAIN = env("UP_DOMAIN")\nenv.prefix = "SITE_"\nAWS_LOCATION = env("UP_PREFIX")\n',
      'UP_PREFIX=wrong\nSITE_UP_PREFIX=right\nUP_DOMAIN=$OTHER\nOTHER=cdn.example.org\n',
    ),
    asks: ['AWS_S3_CUSTOM_DOMAIN'],
    needs: ['environ'],
  },
  {
    name: 'a URL of django-environ, which is no text',
    files: environ(
      'AWS_S3_ENDPOINT_URL = env.url("S3_URL").geturl()\nAWS_S3_CUSTOM_DOMAIN = env.url("CDN_URL").netloc\n',
      'S3_URL=https://s3.example.org\nCDN_URL=https://cdn.example.org\n',
    ),
    asks: ['AWS_S3_CUSTOM_DOMAIN', 'AWS_S3_ENDPOINT_URL'],
    needs: ['environ'],
  },
  {
    name: 'a remark after a value, which some read and some do not',
    files: environ('AWS_LOCATION = env("UP_PREFIX")\n', 'UP_PREFIX=up # where uploads go\n'),
    asks: ['AWS_LOCATION'],
    needs: ['environ'],
  },
  {
    name: 'a settings.ini, which goes before .env for decouple',
    files: decouple(
      'AWS_LOCATION = config("UP_PREFIX")\nAWS_QUERYSTRING_EXPIRE = config("UP_EXPIRE", default=60, cast=int)\nAWS_QUERYSTRING_AUTH = config("SIGNED", cast=bool)\nAWS_S3_CUSTOM_DOMAIN = config("ONLY_ENV", default="cdn.example.org")\n',
      {
        'settings.ini':
          '# of the site\n[other]\nUP_PREFIX=no\n[settings]\nUp_Prefix: ini\nUP_EXPIRE = 77\nSIGNED=Off\n',
        '.env': 'UP_PREFIX=env\nONLY_ENV=env.example.org\n',
      },
    ),
    needs: ['decouple'],
  },
  {
    name: 'a settings.ini with what is filled in',
    files: decouple('AWS_LOCATION = config("UP_PREFIX")\n', {
      'settings.ini': '[settings]\nBASE=up\nUP_PREFIX=%(BASE)s/files\n',
    }),
    asks: ['AWS_LOCATION'],
    needs: ['decouple'],
  },
  {
    name: 'the nearest .env for decouple, and a file that it is given',
    files: settings(
      `from pathlib import Path\nfrom decouple import Config, RepositoryEnv, config\nBASE_DIR = Path(__file__).resolve().parent.parent\nAWS_LOCATION = config("UP_PREFIX")\nother = Config(RepositoryEnv(str(BASE_DIR / ".env.site")))\nAWS_S3_CUSTOM_DOMAIN = other("UP_DOMAIN")\n${after}`,
      {
        '.env': 'UP_PREFIX=far\nUP_DOMAIN=far.example.org\n',
        'site_x/.env': 'UP_PREFIX=near\n',
        '.env.site': 'UP_DOMAIN=cdn.example.org\n',
      },
    ),
    needs: ['decouple'],
  },
  {
    name: 'types of environs',
    files: environs(
      'AWS_LOCATION = env("UP_PREFIX")\nAWS_QUERYSTRING_AUTH = env.bool("SIGNED")\nAWS_S3_FILE_OVERWRITE = env.bool("OVER", False)\nAWS_QUERYSTRING_EXPIRE = env.int("UP_EXPIRE")\nAWS_S3_CUSTOM_DOMAIN = env.str("DOMAIN", default=None)\nAWS_S3_REGION_NAME = env.str("REGION", "eu-west-1")\n',
      'UP_PREFIX=up\nSIGNED=off\nUP_EXPIRE=99\n',
    ),
    needs: ['environs'],
  },
  {
    name: 'what is true for environs',
    files: environs(
      'AWS_QUERYSTRING_AUTH = env.bool("SIGNED")\nAWS_S3_FILE_OVERWRITE = env.bool("OVER")\nAWS_IS_GZIPPED = env.bool("ZIP")\n',
      'SIGNED=t\nOVER=f\nZIP=No\n',
    ),
    needs: ['environs'],
  },
  {
    name: 'prefixes of environs, one in another, and one of the reader',
    files: environs(
      'with env.prefixed("SITE_"):\n    AWS_LOCATION = env("UP_PREFIX")\n    with env.prefixed("S3_"):\n        AWS_QUERYSTRING_EXPIRE = env.int("EXPIRE")\nAWS_S3_CUSTOM_DOMAIN = env("DOMAIN")\nother = Env(prefix="OTHER_")\nother.read_env(str(BASE_DIR / ".env"))\nAWS_S3_REGION_NAME = other("REGION")\n',
      'UP_PREFIX=wrong\nSITE_UP_PREFIX=right\nSITE_S3_EXPIRE=77\nEXPIRE=1\nDOMAIN=cdn.example.org\nOTHER_REGION=eu-north-1\nREGION=wrong\n',
    ),
    needs: ['environs'],
  },
  {
    name: 'a default of another type, which environs gives as it is and others turn into theirs',
    files: environs(
      'AWS_S3_FILE_OVERWRITE = env.bool("OVER", "False")\nAWS_LOCATION = env.str("UP_PREFIX", "up")\n',
      'OTHER=1\n',
    ),
    asks: ['AWS_S3_FILE_OVERWRITE'],
    needs: ['environs'],
  },
  {
    name: 'a file that environs is told to read, and one that it reads over another',
    files: {
      ...environs(
        'AWS_LOCATION = env("UP_PREFIX")\nAWS_QUERYSTRING_EXPIRE = env.int("UP_EXPIRE")\n',
        'UP_PREFIX=one\nUP_EXPIRE=1\n',
        'Env()',
        'env.read_env(str(BASE_DIR / ".env"))\nenv.read_env(str(BASE_DIR / ".env.site"), override=True)',
      ),
      '.env.site': 'UP_PREFIX=two\n',
    },
    needs: ['environs'],
  },
  {
    name: 'a variable of environs that names others',
    files: environs(
      'AWS_LOCATION = env("UP_PREFIX")\nAWS_S3_CUSTOM_DOMAIN = env("DOMAIN")\n',
      "BASE=up\nUP_PREFIX='${BASE}/files'\nDOMAIN='cdn.example.org'\n",
      'Env(expand_vars=True)',
    ),
    asks: ['AWS_LOCATION'],
    needs: ['environs'],
  },
  {
    name: 'what environs reads in other ways is asked',
    files: environs(
      'AWS_LOCATION = env.list("PARTS")[0]\nAWS_S3_CUSTOM_DOMAIN = env.url("CDN").netloc\nAWS_S3_OBJECT_PARAMETERS = env.json("PARAMETERS")\n',
      'PARTS=up,down\nCDN=https://cdn.example.org\nPARAMETERS={"CacheControl": "max-age=60"}\n',
    ),
    asks: ['AWS_LOCATION', 'AWS_S3_CUSTOM_DOMAIN', 'AWS_S3_OBJECT_PARAMETERS'],
    needs: ['environs'],
  },
]
