import { classes, defaultStorage, type DjangoCase, s3, settings } from './django-case.ts'

const after = defaultStorage(s3)
const split = (text: string, more: Readonly<Record<string, string>>) =>
  settings(`from split_settings.tools import include, optional\n${text}`, more)
/** A line of the settings of every case stands below those of {@link settings}. */
const lineOf = (files: Readonly<Record<string, string>>, text: string) =>
  `site_x.settings.line_${files['site_x/settings.py']!.split('\n').findIndex((line) => line.startsWith(text)) + 1}`

const several = split('include("components/*.py")\n', {
  'site_x/components/a.py': `AWS_LOCATION = "a"\nAWS_QUERYSTRING_EXPIRE = 77\n`,
  'site_x/components/b.py': `AWS_LOCATION = "b"\n${after}`,
})
const computed = split(`${after}include(*[each for each in ["components/a.py"]])\n`, {
  'site_x/components/a.py': 'AWS_LOCATION = "a"\n',
})

/** Bases that are in no package that Pail knows: beside the project for Django, and not in its folder. */
const foreign = (text: string) => ({
  ...classes(text),
  'site_x/__init__.py':
    'import sys, types\nfrom storages.backends.s3 import S3Storage\n' +
    'found = types.ModuleType("elsewhere_lib")\n' +
    'found.Mixin = type("Mixin", (), {"default_acl": "private", "location": "foreign"})\n' +
    'sys.modules["elsewhere_lib"] = found\n',
})

const marked = (files: Readonly<Record<string, string>>) => ({
  ...files,
  'site_x/settings.py': `\ufeff${files['site_x/settings.py']!}`,
})

/** Settings in files that are run where another one stands, in other encodings, and bases of other packages. */
export const includedCases: readonly DjangoCase[] = [
  {
    name: 'files that django-split-settings includes, in their order',
    files: split(
      `AWS_LOCATION = "first"\ninclude("components/base.py", optional("missing.py"), optional("components/local.py"))\nAWS_QUERYSTRING_EXPIRE = AWS_QUERYSTRING_EXPIRE + 1\n`,
      {
        'site_x/components/base.py': `AWS_S3_CUSTOM_DOMAIN = f"{AWS_LOCATION}.example.org"\nAWS_QUERYSTRING_EXPIRE = 76\nAWS_LOCATION = "second"\n${after}`,
        'site_x/components/local.py': 'AWS_LOCATION = "third"\nAWS_S3_FILE_OVERWRITE = False\n',
      },
    ),
    needs: ['split_settings'],
  },
  {
    name: 'files that are included by files that are included',
    files: split('include("components/a.py", scope=globals())\n', {
      'site_x/components/a.py':
        'from split_settings.tools import include\ninclude("more/b.py")\nAWS_LOCATION = UPLOADS\n',
      'site_x/components/more/b.py': `UPLOADS = "up"\n${after}`,
    }),
    needs: ['split_settings'],
  },
  {
    name: 'several files of one pattern, of which no order is said',
    files: several,
    asks: ['AWS_LOCATION'],
    needs: ['split_settings'],
  },
  {
    name: 'files that are included by what is computed',
    files: computed,
    asks: [lineOf(computed, 'include(*')],
    needs: ['split_settings'],
  },
  {
    name: 'a mixin of another package before the storage',
    files: foreign(
      'from elsewhere_lib import Mixin\nclass Uploads(Mixin, S3Storage):\n    location = "up"\n    querystring_expire = 77\n',
    ),
    asks: ['Uploads.Mixin'],
  },
  {
    name: 'a mixin of another package after the storage, which goes before the settings, too',
    files: foreign(
      'from elsewhere_lib import Mixin\nclass Uploads(S3Storage, Mixin):\n    default_acl = "private"\n',
    ),
    asks: ['Uploads.Mixin'],
  },
  {
    name: 'a mixin of another package of which somebody says what it sets',
    files: foreign(
      'from elsewhere_lib import Mixin\nclass Uploads(Mixin, S3Storage):\n    querystring_expire = 77\n',
    ),
    answers: { 'Uploads.Mixin': '{"default_acl": "private", "location": "foreign"}' },
  },
  {
    name: 'a mixin of another package of which one attribute is answered by itself',
    files: foreign('from elsewhere_lib import Mixin\nclass Uploads(Mixin, S3Storage):\n    pass\n'),
    answers: { 'Uploads.default_acl': 'private' },
    asks: ['Uploads.Mixin'],
  },
  {
    name: 'a mark of UTF-8 at the beginning',
    files: marked(settings(`AWS_LOCATION = "größe"\n${after}`)),
  },
]
