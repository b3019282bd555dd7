import { defaultStorage, s3, settings, uploads, type DjangoCase } from './django-case.ts'

const stored = defaultStorage(s3)

/** Settings, and the settings that are asked of them. */
const rows: readonly (readonly [name: string, text: string, asks?: readonly string[]])[] = [
  // Functions of the project, as far as they reach.
  ['a function that sets a global', 'def up():\n    global AWS_LOCATION\n    AWS_LOCATION = "up"\nup()'],
  [
    'a function that sets a global over what is there',
    'AWS_LOCATION = "a"\ndef up(name, *more):\n    global AWS_LOCATION, AWS_DEFAULT_ACL\n    AWS_LOCATION = name\n    AWS_DEFAULT_ACL = "private"\nup("b", 1)',
  ],
  [
    'a function with a local of that name',
    'AWS_LOCATION = "a"\ndef up():\n    AWS_LOCATION = "b"\n    return AWS_LOCATION\nX = up()',
  ],
  [
    'functions that call one another',
    'def inner():\n    global AWS_LOCATION\n    AWS_LOCATION = "in"\ndef outer():\n    inner()\n    return "x"\nAWS_S3_CUSTOM_DOMAIN = outer() + ".example.org"',
  ],
  [
    'a function that sets a global under a condition',
    'import time\ndef up():\n    global AWS_LOCATION\n    if time.time() > 5:\n        AWS_LOCATION = "up"\nup()',
    ['AWS_LOCATION'],
  ],
  [
    'a function that may raise',
    'def need(name):\n    if not name:\n        raise ValueError(name)\n    return name\nAWS_LOCATION = need("up")',
  ],
  [
    'a function that fills a dict',
    'PARTS = {}\ndef fill():\n    PARTS["l"] = "up"\nfill()\nAWS_LOCATION = PARTS["l"]',
  ],
  [
    'a function that fills what it is given',
    'PARTS = {"l": {}}\ndef fill(d, **more):\n    d["l"].update(more)\nfill(PARTS, x="up")\nAWS_LOCATION = PARTS["l"]["x"]',
  ],
  [
    'a function that is given globals()',
    'def conf(names):\n    names["AWS_LOCATION"] = "up"\n    names.update(AWS_DEFAULT_ACL="private")\nconf(globals())',
  ],
  [
    'a function that is given locals() by a keyword',
    'def conf(*, config):\n    config.setdefault("AWS_LOCATION", "up")\nconf(config=locals())',
  ],
  ['a function of another module that is given globals()', 'from site_x.late import conf\nconf(globals())'],
  [
    'a function that is called by another package',
    'import functools\ndef up(*args):\n    global AWS_LOCATION\n    AWS_LOCATION = "up"\n    return 1\nlist(map(up, [1]))',
    ['site_x.settings.line_14'],
  ],
  [
    'a generator is not run by its call',
    'AWS_LOCATION = "a"\ndef up():\n    globals()["AWS_LOCATION"] = "b"\n    yield 1\nX = up()',
    ['site_x.settings.line_13'],
  ],
  [
    'a call of another package that is given globals()',
    'import json\nAWS_LOCATION = "a"\njson.dumps(sorted(globals()))\nstr.format_map("", globals())',
    ['site_x.settings.line_12'],
  ],
  ['globals() under another name', 'g = globals()\ng["AWS_LOCATION"] = "up"'],
  [
    'globals() that is updated by what is computed',
    'import json\nglobals().update(json.loads("{\\"AWS_LOCATION\\": \\"up\\"}"))',
    ['site_x.settings.line_10'],
  ],
  ['the module by its name', 'import sys\nsys.modules[__name__].AWS_LOCATION = "up"'],
  ['setattr of the module', 'import sys\nsetattr(sys.modules[__name__], "AWS_LOCATION", "up")'],
  ['the dict of the module', 'import sys\nvars(sys.modules[__name__]).update(AWS_LOCATION="up")'],
  ['exec', 'exec("AWS_LOCATION = \'up\'")', ['site_x.settings.line_9']],
  ['exec in an expression', 'X = [exec("AWS_LOCATION = \'up\'")]', ['site_x.settings.line_9']],
  [
    'globals() in a comprehension',
    '[globals().__setitem__(name, "up") for name in ["AWS_LOCATION"]]',
    ['site_x.settings.line_9'],
  ],
  ['a name that is deleted from globals()', 'AWS_LOCATION = "a"\ndel globals()["AWS_LOCATION"]'],
  [
    'after what is not read',
    'import json\nglobals().update(json.loads("{}"))\nAWS_LOCATION = "up"',
    ['site_x.settings.line_10'],
  ],

  // Statements.
  [
    'what stands after raise',
    'try:\n    AWS_LOCATION = "a"\n    raise ValueError\n    AWS_LOCATION = "b"\nexcept ValueError:\n    pass',
    ['AWS_LOCATION'],
  ],
  [
    'a branch that raises',
    'import time\nif time.time() < 5:\n    AWS_LOCATION = "a"\n    raise ValueError\nelse:\n    AWS_LOCATION = "b"',
  ],
  [
    'what an import that may fail comes before',
    'AWS_LOCATION = "a"\ntry:\n    import nothing_of_this_name\n    AWS_LOCATION = "b"\nexcept ImportError:\n    pass',
    ['AWS_LOCATION'],
  ],
  [
    'a module beside that is not there',
    'try:\n    from .local import *\nexcept ImportError:\n    AWS_LOCATION = "up"',
  ],
  [
    'try with else and finally',
    'try:\n    X = 1\nexcept ValueError:\n    AWS_LOCATION = "no"\nelse:\n    AWS_LOCATION = "a"\nfinally:\n    AWS_LOCATION += "/b"',
  ],
  [
    'a name that an error is given',
    'X = "a"\ntry:\n    {}["b"]\nexcept KeyError as X:\n    AWS_LOCATION = str(X).strip("\'")',
    ['AWS_LOCATION'],
  ],
  [
    'a name that with gives',
    'import io\nX = "a"\nwith io.StringIO("up") as X:\n    AWS_LOCATION = X.read()',
    ['AWS_LOCATION'],
  ],
  [
    'a loop whose second turn differs',
    'A, B, N = "x", "x", 0\nwhile N < 2:\n    A = B\n    B = "y"\n    N += 1\nAWS_LOCATION = A',
    ['AWS_LOCATION'],
  ],
  [
    'a loop that is left',
    'AWS_LOCATION = "z"\nfor X in ["a", "b"]:\n    if X == "a":\n        AWS_LOCATION = "y"\n        break\n    AWS_LOCATION = "z"',
    ['AWS_LOCATION'],
  ],
  [
    'a loop over pairs in brackets',
    'P = "a"\nfor (N, (P, Q)) in [(1, ("b", 2))]:\n    pass\nAWS_LOCATION = P',
    ['AWS_LOCATION'],
  ],
  [
    'a branch against what the settings decide',
    'LIVE = False\nAWS_LOCATION = "test"\nif LIVE:\n    AWS_LOCATION = "live"',
  ],
  [
    'a conditional import that the settings decide against',
    'LIVE = False\nif LIVE:\n    from site_x.late import *\nAWS_LOCATION = "test"',
  ],
  ['one dict under two names at once', 'A = B = {}\nA["l"] = "up"\nAWS_LOCATION = B["l"]'],
  ['what is taken once', 'P = {"a": "up"}\nAWS_LOCATION = X = P.pop("a", "again")'],
  ['a star before the last', '*A, AWS_LOCATION = ["a", "b", "up"]'],
  ['a list that is spread', 'A = ["a", "b"]\nAWS_LOCATION = [*A, "c"][1]'],
  [
    'setdefault that is gone on with',
    'D = {}\nD.setdefault("a", {})["b"] = "up"\nAWS_LOCATION = D["a"]["b"]',
  ],
  ['a list in a dict', 'D = {"l": ["a"]}\nD["l"].append("b")\nAWS_LOCATION = "/".join(D["l"])'],
  ['a copy of a list', 'P = ["a"]\nQ = list(P)\nQ.append("b")\nAWS_LOCATION = "/".join(P)'],
  [
    'an entry of what is not known',
    'import copy\nD = {"a": {"b": "x"}}\ncopy.copy(D)["a"]["b"] = "y"\nAWS_LOCATION = D["a"]["b"]',
    ['AWS_LOCATION'],
  ],

  // Values.
  ['numbers and texts as keys', 'AWS_LOCATION = {1: "number", "1": "text"}["1"]'],
  ['numbers and texts as keys, by the number', 'D = {1: "number"}\nD["1"] = "text"\nAWS_LOCATION = D[1]'],
  ['True is 1 among keys', 'AWS_LOCATION = {True: "a", 1: "b", False: "c"}[True]'],
  [
    'None and a text as keys',
    'D = {None: "a", "None": "b"}\nAWS_LOCATION = D.get(None, "x") + D.get("None")',
  ],
  [
    'what the computer is called',
    'import platform\nAWS_LOCATION = "a" if platform.node() == "nobody" else "b"',
    ['AWS_LOCATION'],
  ],
  [
    'what another package has',
    'import sys\nAWS_LOCATION = "w" if sys.platform == "win32" else "x"',
    ['AWS_LOCATION'],
  ],
  ['a list is no tuple', 'AWS_LOCATION = "%s" % ["a"]', ['AWS_LOCATION']],
  ['a tuple in a format', 'AWS_LOCATION = "%s/%s" % ("a", 7)'],
  ['a fraction as a whole number', 'AWS_LOCATION = "%d" % 1.5', ['AWS_LOCATION']],
  ['a lambda with a default', 'name = "no"\nAWS_LOCATION = (lambda name="up": name)()', ['AWS_LOCATION']],
  [
    'what depends on an unknown twice',
    'import time\nX = "a"\nY = (X := "b") if time.time() < 5 else "c"\nAWS_LOCATION = X',
    ['AWS_LOCATION'],
  ],
  ['STORAGES that are computed', 'import json\nSTORAGES = json.loads(json.dumps(STORAGES))', ['STORAGES']],
]

/** Settings that are set from elsewhere than where they stand, and what is easily taken for something else. */
export const reachingCases: readonly DjangoCase[] = [
  ...rows.map(([name, text, asks = []]) => ({
    name,
    files: settings(name.startsWith('STORAGES') ? `${stored}${text}\n` : `${text}\n${stored}`, {
      'site_x/late.py': 'AWS_QUERYSTRING_EXPIRE = 60\ndef conf(names):\n    names["AWS_LOCATION"] = "late"\n',
    }),
    asks,
  })),
  {
    name: 'a dict spread in a call that is made later',
    files: uploads(
      'def __init__(self, **kwargs):\n    super().__init__(**{**kwargs, **PLACE})',
      '',
      'PLACE = {"location": "a"}\ndef move(place):\n    place["location"] = "b"\nmove(PLACE)',
    ),
  },
]
