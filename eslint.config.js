import tseslint from "typescript-eslint";

// Type-aware rules are the point: a promise nobody awaits is a backup nobody noticed failing.
export default tseslint.config(
  { ignores: ["node_modules/", ".toolchain/", ".tap/", ".lakat/", "eslint.config.js"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers read well in a message; everything else still has to be turned into text on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `await` in a function that has to be async for its port is not a mistake.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    // tap's `t.test()` returns a promise that the parent test already waits for. Any other that a test forgets is
    // an assertion that can never fail.
    files: ["test/**"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafePromises: [
            { from: "package", name: "PromiseWithSubtest", package: "@tapjs/core" },
          ],
        },
      ],
    },
  },
);
