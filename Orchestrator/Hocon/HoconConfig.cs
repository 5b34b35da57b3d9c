namespace Sweeps.Orchestrator.Hocon;

/// <summary>A resolved document.</summary>
internal sealed class HoconConfig
{
    private HoconConfig(HoconObject root) => Root = root;

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

    /// <summary>Reads a text of somebody who may see neither files nor the environment: it may include nothing.</summary>
    /// <param name="text">the document</param>
    /// <param name="source">what error messages call it</param>
    /// <exception cref="HoconException">the text is no HOCON object, includes a file, or needs a variable of the environment</exception>
    public static HoconConfig ParseConfined(string text, string source) => Resolve(
        new HoconParser(new HoconLexer(text, source).ReadAll(), HoconIncludes.None, []).ParseRoot(), _ => null);

    private static HoconConfig Resolve(HoconObjectNode root, Func<string, string?>? environment) =>
        new(new HoconResolver(root, environment ?? Environment.GetEnvironmentVariable).Resolve());
}
