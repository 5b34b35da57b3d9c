using System.Text.Json;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// Reads Hugging Face's tokenizer.json where it describes a byte-level BPE tokenizer that <see cref="Tokenizer"/> is equal to, and refuses
/// every other by naming the part.
/// </summary>
internal static class HuggingFaceTokenizer
{
    private const string Gpt2Rule = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string TinypythonRule = @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The tokenizer.</summary>
    /// <param name="path">the file</param>
    /// <param name="pattern">how text is cut; null for what the file says</param>
    /// <exception cref="InvalidDataException">it is missing, not sound, or of another kind</exception>
    public static Tokenizer Load(string path, TokenizerPattern? pattern)
    {
        try
        {
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            using var json = JsonDocument.Parse(TokenizerFiles.ReadText(path), strict);
            return Load(json.RootElement, path, pattern);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw TokenizerParts.Bad(path, $"is not a tokenizer.json: {e.Message}");
        }
    }

    private static Tokenizer Load(JsonElement root, string path, TokenizerPattern? pattern)
    {
        // These change the text before it is cut, or the tokens after.
        foreach (var part in (ReadOnlySpan<string>)["normalizer", "truncation", "padding"]) Expect(root, part, part, path, "null", "null");
        if (Part(root, "post_processor") is { } after && Text(after, "type") is not "ByteLevel")
            throw Refused(path, "post_processor", after, "null or ByteLevel, which changes no token");
        var model = root.GetProperty("model");
        Expect(model, "type", "model.type", path, "BPE", "\"BPE\"");
        Expect(model, "dropout", "model.dropout", path, "null", "null");
        Expect(model, "byte_fallback", "model.byte_fallback", path, "false", "null", "false");
        Expect(model, "ignore_merges", "model.ignore_merges", path, "false", "null", "false");
        Expect(model, "continuing_subword_prefix", "model.continuing_subword_prefix", path, "none", "null", "\"\"");
        Expect(model, "end_of_word_suffix", "model.end_of_word_suffix", path, "none", "null", "\"\"");

        var ids = model.GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32());
        foreach (var added in Part(root, "added_tokens")?.EnumerateArray().ToList() ?? [])
        {
            var (content, id) = (added.GetProperty("content").GetString()!, added.GetProperty("id").GetInt32());
            if (content != Tokenizer.EndOfTextName) throw Refused(path, "added_tokens", added, $"none but {Tokenizer.EndOfTextName}");
            if (!ids.TryAdd(content, id) && ids[content] != id)
                throw TokenizerParts.Bad(path, $"gives {content} the ids {ids[content]} and {id}");
        }
        var merges = model.GetProperty("merges").EnumerateArray().Select((merge, i) => Merge(merge, i, path)).ToList();
        return new TokenizerParts(path, path).Assemble(ids, merges, TokenizerFiles.Agreed(path, pattern, Pattern(root, path)));
    }

    private static TokenizerPattern Pattern(JsonElement root, string path)
    {
        var cut = Part(root, "pre_tokenizer")
            ?? throw TokenizerParts.Bad(path, "its pre_tokenizer is null: expected ByteLevel, or Split and ByteLevel");
        if (Text(cut, "type") is "ByteLevel")
        {
            Bytes(cut, usesRegex: true);
            return TokenizerPattern.Gpt2;
        }
        if (Text(cut, "type") is not "Sequence"
            || cut.GetProperty("pretokenizers").EnumerateArray().ToList() is not [var split, var bytes]
            || Text(split, "type") is not "Split")
            throw Refused(path, "pre_tokenizer", cut, "ByteLevel, or Split and ByteLevel");
        if (Text(split, "behavior") is not "Isolated" || split.GetProperty("invert").ValueKind != JsonValueKind.False)
            throw Refused(path, "pre_tokenizer", split, "a Split with behavior \"Isolated\" and invert false");
        Bytes(bytes, usesRegex: false);
        var rule = split.GetProperty("pattern");
        return (rule.TryGetProperty("Regex", out var regex) ? regex.GetString() : null) switch
        {
            Gpt2Rule => TokenizerPattern.Gpt2,
            TinypythonRule => TokenizerPattern.Tinypython,
            _ => throw Refused(path, "pre_tokenizer", rule, "the pattern of GPT-2 or tinypython"),
        };

        void Bytes(JsonElement part, bool usesRegex)
        {
            if (Text(part, "type") is not "ByteLevel" || part.GetProperty("add_prefix_space").ValueKind != JsonValueKind.False
                || (!part.TryGetProperty("use_regex", out var uses) || uses.GetBoolean()) != usesRegex)
            {
                throw Refused(
                    path, "pre_tokenizer", part, $"ByteLevel with add_prefix_space false and use_regex {(usesRegex ? "true" : "false")}");
            }
        }
    }

    private static NamedMerge Merge(JsonElement merge, int index, string path)
    {
        var parts = merge.ValueKind == JsonValueKind.String
            ? merge.GetString()!.Split(' ')
            : [.. merge.EnumerateArray().Select(part => part.GetString()!)];
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? new NamedMerge(left, right, $"merge {index + 1}")
            : throw TokenizerParts.Bad(path, $"merge {index + 1} is {merge.GetRawText()}, expected two entries");
    }

    private static void Expect(
        JsonElement parent, string name, string shown, string path, string expected, params ReadOnlySpan<string> allowed)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return;
        foreach (var one in allowed)
            if (value.GetRawText() == one) return;
        throw Refused(path, shown, value, expected);
    }

    private static JsonElement? Part(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static InvalidDataException Refused(string path, string part, JsonElement value, string expected)
    {
        var raw = value.GetRawText();
        var shown = raw.Length > 200 ? raw[..200] + "…" : raw;
        return TokenizerParts.Bad(path, $"its {part} is {shown}, which is not honoured exactly: expected {expected}");
    }
}
