import { defaultStorage, s3, settings, type DjangoCase } from './django-case.ts'

/** What Python writes or compares otherwise than JavaScript, and lists that are changed. */
export const pythonCases: readonly DjangoCase[] = (
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
      false,
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
}))
