import {
  anything,
  classes,
  defaultStorage,
  defaultsOf,
  head,
  initializer,
  uploads,
  type DjangoCase,
} from './django-case.ts'

/** What a storage is given, and gives itself, when it is made. */
export const initializerCases: readonly DjangoCase[] = [
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
]
