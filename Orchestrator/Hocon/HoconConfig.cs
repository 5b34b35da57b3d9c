namespace Sweeps.Orchestrator.Hocon;

/// <summary>A resolved document, with Lightbend's getters. Paths are path expressions, e.g. <c>device."cuda:0".threads</c>.</summary>
internal sealed class HoconConfig
{
    private HoconConfig(HoconObject root) => Root = root;

    /// <summary>The root object.</summary>
    public HoconObject Root { get; }

    /// <summary>Reads a file; includes are relative to it.</summary>
    /// <param name="path">the file; error messages name it as given here</param>
    /// <param name="environment">what substitutions fall back to; the process's environment by default</param>
    /// <exception cref="HoconException">the file cannot be read or is no HOCON object</exception>
    public static HoconConfig ParseFile(string path, Func<string, string?>? environment = null) =>
        Resolve(HoconIncludes.Parse(path, [], []), environment);

    /// <summary>Reads a text; it may include absolute paths only.</summary>
    /// <param name="text">the document</param>
    /// <param name="source">what error messages call it</param>
    /// <param name="environment">what substitutions fall back to; the process's environment by default</param>
    /// <exception cref="HoconException">the text is no HOCON object</exception>
    public static HoconConfig ParseString(string text, string source = "text", Func<string, string?>? environment = null) =>
        Resolve(new HoconParser(new HoconLexer(text, source).ReadAll(), new HoconIncludes([]), []).ParseRoot(), environment);

    private static HoconConfig Resolve(HoconObjectNode root, Func<string, string?>? environment) =>
        new(new HoconResolver(root, environment ?? Environment.GetEnvironmentVariable).Resolve());

    /// <summary>Whether there is a value at <paramref name="path"/> that is not null.</summary>
    public bool HasPath(string path) => Root.Find(HoconPath.Parse(path)) is { Value: not HoconNull };

    /// <summary>The value at <paramref name="path"/>.</summary>
    /// <exception cref="HoconException">it is missing</exception>
    public HoconValue GetValue(string path) => Root.Find(HoconPath.Parse(path))?.Value
        ?? throw new HoconException(Root.Origin, $"'{path}' is missing");

    /// <summary>A string; numbers and booleans count as text.</summary>
    public string GetString(string path) => Get(path, "a string", HoconConversions.AsString);

    /// <summary>true, yes, on, false, no or off.</summary>
    public bool GetBoolean(string path) => Get(path, "true or false", HoconConversions.AsBoolean);

    /// <summary>A whole number of 32 bits.</summary>
    public int GetInt(string path) => Get(path, "a whole number of 32 bits", HoconConversions.AsInt);

    /// <summary>A whole number of 64 bits.</summary>
    public long GetLong(string path) => Get(path, "a whole number of 64 bits", HoconConversions.AsLong);

    /// <summary>A finite number.</summary>
    public double GetDouble(string path) => Get(path, "a finite number", HoconConversions.AsDouble);

    /// <summary>A duration; a bare number is milliseconds.</summary>
    public TimeSpan GetDuration(string path) => Get(path, "a duration such as 10 s", HoconConversions.AsDuration);

    /// <summary>A size in bytes; a bare number is bytes.</summary>
    public long GetBytes(string path) => Get(path, "a size such as 512 MiB", HoconConversions.AsBytes);

    /// <summary>A list.</summary>
    public IReadOnlyList<HoconValue> GetList(string path) => Get(path, "a list", HoconConversions.AsList).Items;

    private T Get<T>(string path, string expected, Func<HoconValue, T?> convert) where T : struct =>
        convert(GetValue(path)) ?? throw Wrong(path, expected);

    private T Get<T>(string path, string expected, Func<HoconValue, T?> convert) where T : class =>
        convert(GetValue(path)) ?? throw Wrong(path, expected);

    private HoconException Wrong(string path, string expected)
    {
        var value = GetValue(path);
        return new HoconException(value.Origin, $"{path} is {value.Show()} ({value.Kind}): expected {expected}");
    }
}
