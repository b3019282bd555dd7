import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installedDjango } from '../django/django-project.ts'
import { firstLine } from './measure.ts'
import { nullKeys } from './start-null-server.ts'
import type { Tool } from './tool.ts'

const versions = `
import django, storages, boto3
print(f'Django {django.get_version()}, django-storages {storages.__version__}, boto3 {boto3.__version__}')
`

/** Django's own way to S3, with django-storages, set up as the tutorial does. */
export const collectstatic: Tool = {
  name: 'collectstatic',
  version: () => firstLine(installedDjango?.program ?? null, ['-c', versions]),
  sync({ endpoint, bucket, memory }, folder) {
    mkdirSync(memory, { recursive: true })
    writeFileSync(
      join(memory, 'bench_settings.py'),
      `import django

SECRET_KEY = 'of a benchmark'
USE_TZ = True
INSTALLED_APPS = ['django.contrib.staticfiles']
STATICFILES_DIRS = [${JSON.stringify(folder)}]
STATIC_URL = '/static/'
storage = 'storages.backends.s3boto3.S3StaticStorage'
if django.VERSION < (4, 2):
    STATICFILES_STORAGE = storage
else:
    STORAGES = {
        'default': {'BACKEND': 'django.core.files.storage.FileSystemStorage'},
        'staticfiles': {'BACKEND': storage},
    }
AWS_ACCESS_KEY_ID = ${JSON.stringify(nullKeys.accessKeyId)}
AWS_SECRET_ACCESS_KEY = ${JSON.stringify(nullKeys.secretAccessKey)}
AWS_STORAGE_BUCKET_NAME = ${JSON.stringify(bucket)}
AWS_S3_ENDPOINT_URL = ${JSON.stringify(endpoint)}
AWS_S3_REGION_NAME = 'us-east-1'
AWS_S3_ADDRESSING_STYLE = 'path'
AWS_S3_OBJECT_PARAMETERS = {'CacheControl': 'max-age=86400'}
AWS_LOCATION = 'site'
`,
    )
    return {
      program: installedDjango?.program ?? 'python3',
      args: ['-m', 'django', 'collectstatic', '--noinput', '-v', '0'],
      environment: { PYTHONPATH: memory, DJANGO_SETTINGS_MODULE: 'bench_settings', PYTHONUTF8: '1' },
    }
  },
  isSerial: true,
}
