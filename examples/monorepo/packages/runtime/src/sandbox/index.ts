export * from "@opengeni/runtime-native/sandbox";
