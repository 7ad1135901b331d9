// The variables of the hub's clients.
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { readHubEnvironment } from "../../src/hub/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const HOME = "/home/none";

function read(variables: Readonly<Record<string, string>>, isOffline = false) {
  return readHubEnvironment(variables, { home: HOME, isOffline });
}

describe("readHubEnvironment()", () => {
  test("readHubEnvironment() knows the public hub and the usual cache", () => {
    expect(read({})).toEqual({
      endpoint: "https://huggingface.co",
      cacheFolder: `${HOME}/.cache/huggingface/hub`,
      token: undefined,
      isOffline: false,
    });
  });

  test.each([
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x", HF_HOME: "/h" }, "/h/hub"],
    [{ HF_HOME: "~/h" }, `${HOME}/h/hub`],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HF_HUB_CACHE: "/c", HUGGINGFACE_HUB_CACHE: "/old" }, "/c"],
    [{ HF_HUB_CACHE: " " }, `${HOME}/.cache/huggingface/hub`],
  ])("readHubEnvironment(%j) finds the cache", (variables, folder) => {
    expect(read(variables).cacheFolder).toBe(folder);
  });

  test.each([
    ["https://hub.example.com/", "https://hub.example.com"],
    ["http://127.0.0.1:8080/api/hub//", "http://127.0.0.1:8080/api/hub"],
  ])("readHubEnvironment() reads HF_ENDPOINT %s", (text, endpoint) => {
    expect(read({ HF_ENDPOINT: text }).endpoint).toBe(endpoint);
  });

  test.each([
    "huggingface.co",
    "ftp://hub.example.com",
    "https://user:secret@hub.example.com",
    "https://hub.example.com/?token=secret",
    "https://hub.example.com/#secret",
  ])(
    "readHubEnvironment() refuses HF_ENDPOINT %s without repeating it: HUB_SETTING_INVALID",
    (text) => {
      const error = thrownBy(() => read({ HF_ENDPOINT: text }));
      expect(error.code).toBe("HUB_SETTING_INVALID");
      expect(error.message).not.toContain("secret");
    },
  );

  test.each([
    [{ HF_HUB_OFFLINE: "1" }, true],
    [{ HF_HUB_OFFLINE: "Yes" }, true],
    [{ HF_HUB_OFFLINE: "0" }, false],
    [{ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "1" }, false],
    [{ TRANSFORMERS_OFFLINE: "TRUE" }, true],
    [{}, false],
  ])("readHubEnvironment(%j) is offline: %p", (variables, isOffline) => {
    expect(read(variables).isOffline).toBe(isOffline);
    expect(read(variables, true).isOffline).toBe(true);
  });

  test("readHubEnvironment() finds the token in a variable, else in its file", () => {
    using folder = createTempDir();
    mkdirSync(folder.join("hf"));
    writeFileSync(folder.join("hf", "token"), "hf_stored\n");
    writeFileSync(folder.join("other"), "hf_other");
    writeFileSync(folder.join("empty"), "\n");
    const HF_HOME = folder.join("hf");
    expect(read({ HF_HOME }).token).toBe("hf_stored");
    expect(read({ HF_HOME, HF_TOKEN: " hf_given\n" }).token).toBe("hf_given");
    expect(read({ HF_HOME, HUGGING_FACE_HUB_TOKEN: "hf_old" }).token).toBe("hf_old");
    expect(read({ HF_HOME, HF_TOKEN_PATH: folder.join("other") }).token).toBe("hf_other");
    expect(read({ HF_HOME, HF_TOKEN_PATH: folder.join("empty") }).token).toBeUndefined();
    expect(read({ HF_HOME, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token).toBeUndefined();
    expect(read({ HF_HOME, HF_HUB_OFFLINE: "1" }).token).toBeUndefined();
  });

  test("readHubEnvironment() refuses a token that would be more than one header", () => {
    const error = thrownBy(() => read({ HF_TOKEN: "hf_a\r\nx: y" }));
    expect(error.code).toBe("HUB_SETTING_INVALID");
    expect(error.message).not.toContain("hf_a");
  });
});
