using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Sweeps.Orchestrator.Web.Files;

/// <summary>A file of the page, which the program holds inside; it is read when somebody asks for it.</summary>
/// <param name="path">where it is served</param>
/// <param name="contentType">what it is</param>
/// <param name="resource">its name in the program</param>
internal sealed class PageFile(string path, string contentType, string resource)
{
    /// <summary>Where all but the first are served.</summary>
    public const string Folder = "/page";

    private const string Prefix = "page/";

    private static readonly Assembly _program = typeof(PageFile).Assembly;

    private readonly Lazy<(byte[] Content, string Sha256)> _read = new(() =>
    {
        var content = Read(resource);
        return (content, Convert.ToHexStringLower(SHA256.HashData(content)));
    });

    public static IReadOnlyList<PageFile> All { get; } =
    [
        .. from name in _program.GetManifestResourceNames()
           where name.StartsWith(Prefix, StringComparison.Ordinal)
           orderby name
           let path = name[Prefix.Length..]
           select new PageFile(path == "index.html" ? "/" : $"/{path}", TypeOf(path), name),
    ];

    public string Path { get; } = path;

    public string ContentType { get; } = contentType;

    public byte[] Content => _read.Value.Content;

    /// <summary>The digest of that, lower-case hexadecimal.</summary>
    public string Sha256 => _read.Value.Sha256;

    /// <summary>The text of a file of the circuit viewer that reports hold.</summary>
    public static string Report(string name) => Encoding.UTF8.GetString(Read($"report/{name}"));

    private static byte[] Read(string resource)
    {
        using var stream = _program.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"the program has no {resource} inside");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string TypeOf(string path) => System.IO.Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        var other => throw new InvalidOperationException($"{path} of the page ends in '{other}': expected .html, .js or .css"),
    };
}
