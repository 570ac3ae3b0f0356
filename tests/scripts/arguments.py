"""argparse, a module beside the script, standard input, an exit code."""
import argparse
import sys

import beside

parser = argparse.ArgumentParser()
parser.add_argument('--name')
parser.add_argument('-q', '--quiet', action='store_true')
parser.add_argument('rest', nargs='*')
asked = parser.parse_args()
print(beside.greeting(asked.name), asked.quiet, asked.rest, sys.stdin.read().strip())
sys.exit(3)
