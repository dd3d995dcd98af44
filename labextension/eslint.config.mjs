import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What would read the text of a model or a stranger as HTML. */
const HTML = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'createContextualFragment',
  'setHTMLUnsafe'
];

export default defineConfig(globalIgnores(['lib/', '.yarn/']), eslint.configs.recommended, {
  files: ['**/*.ts'],
  extends: [tseslint.configs.recommendedTypeChecked],
  languageOptions: { parserOptions: { project: 'tests/tsconfig.json' } },
  rules: {
    '@typescript-eslint/consistent-type-assertions': [
      'error',
      { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' }
    ],
    '@typescript-eslint/explicit-module-boundary-types': 'error',
    '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    // A number in a template is meant to be read.
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    // Signals are connected to methods together with their `this`.
    '@typescript-eslint/unbound-method': 'off',
    '@typescript-eslint/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true }
    ],
    eqeqeq: 'error',
    'no-console': ['error', { allow: ['error', 'warn'] }],
    'no-restricted-properties': ['error', ...HTML.map(property => ({ property }))],
    // Types tell.
    'no-undef': 'off'
  }
});
