using System.Text;

namespace Sweeps.Orchestrator.Hocon;

/// <summary>Reads a file, and the files that it includes, relative to its own folder.</summary>
/// <param name="chain">the files being read, the innermost last; empty for a text that is no file</param>
/// <param name="isAllowed">whether anything may be included</param>
internal sealed class HoconIncludes(IReadOnlyList<string> chain, bool isAllowed = true)
{
    /// <summary>Includes nothing: every include is an error.</summary>
    public static HoconIncludes None { get; } = new([], isAllowed: false);

    public const int MaxDepth = 20;

    /// <summary>Length of a file: far above any configuration, and far below the memory.</summary>
    public const int MaxBytes = 16 << 20;

    private static readonly string[] _extensions = [".json", ".conf", ".hocon"];
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Parses the file <paramref name="path"/>.</summary>
    /// <exception cref="HoconException">the file cannot be read, or is no HOCON object in UTF-8</exception>
    public static HoconObjectNode Parse(string path, IReadOnlyList<string> chain, IReadOnlyList<string> prefix)
    {
        string text;
        try
        {
            text = _strict.GetString(Read(path));
        }
        catch (DecoderFallbackException)
        {
            throw new HoconException(new HoconOrigin(path, 0), "the file is not valid UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HoconException(new HoconOrigin(path, 0), $"the file cannot be read: {e.Message}");
        }
        return new HoconParser(new HoconLexer(text, path).ReadAll(), new HoconIncludes([.. chain, path]), prefix).ParseRoot();
    }

    // Not by its length, which a device or a pipe does not have.
    private static ReadOnlySpan<byte> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var bytes = new MemoryStream();
        var block = new byte[1 << 16];
        while (file.Read(block) is var read and > 0)
        {
            bytes.Write(block, 0, read);
            if (bytes.Length > MaxBytes)
                throw new HoconException(new HoconOrigin(path, 0), $"the file is longer than {MaxBytes} bytes: expected a configuration");
        }
        return bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
    }

    /// <summary>
    /// The root of the included file <paramref name="name"/>; of several with known extensions, merged, when it has none.
    /// </summary>
    /// <param name="name">as written</param>
    /// <param name="optional">whether a file that is not there counts as empty; otherwise it is an error</param>
    /// <param name="origin">where the include stands</param>
    /// <param name="prefix">the path at which it stands</param>
    public HoconObjectNode Load(string name, bool optional, HoconOrigin origin, IReadOnlyList<string> prefix)
    {
        if (!isAllowed) throw new HoconException(origin, $"include \"{name}\": expected a text that stands alone, without includes");
        if (chain.Count == 0 && !Path.IsPathRooted(name))
            throw new HoconException(
                origin, $"include \"{name}\" has no folder to be relative to: expected an absolute path, or a document that is a file");
        if (name.Contains("://", StringComparison.Ordinal))
            throw new HoconException(origin, $"include \"{name}\" is a URL: expected a file");
        var path = Path.Combine(chain.Count == 0 ? "" : Path.GetDirectoryName(chain[^1]) ?? "", name);
        var found = (Path.HasExtension(name) ? [path] : _extensions.Select(extension => path + extension).Prepend(path)).Where(
            File.Exists).ToList();
        if (found.Count == 0 && !optional)
        {
            throw new HoconException(
                origin,
                $"include \"{name}\": there is no file {path}; expected one, or include optional(\"{name}\") where there may be none");
        }

        var result = new HoconObjectNode(origin);
        foreach (var file in found)
        {
            if (chain.Any(outer => Path.GetFullPath(outer) == Path.GetFullPath(file)))
                throw new HoconException(origin, $"include \"{name}\" is a cycle: {string.Join(" → ", chain.Append(file))}");
            if (chain.Count >= MaxDepth)
                throw new HoconException(origin, $"include \"{name}\" stands more than {MaxDepth} files deep: expected less");
            result.Absorb(Parse(file, chain, [.. prefix]));
        }
        return result;
    }
}
