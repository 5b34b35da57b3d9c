using System.Text.Json;

namespace Sweeps.ModelCore;

/// <summary>JSON files that say which format they have, and of which version.</summary>
internal static class VersionedJson
{
    /// <summary>Reads one of a format and a version.</summary>
    /// <param name="json">the bytes of the file</param>
    /// <param name="expected">what it must say</param>
    /// <param name="said">what it says</param>
    /// <param name="otherwise">how a sentence begins about what is something else</param>
    /// <exception cref="InvalidDataException">it is something else; the message says what was expected</exception>
    public static T Parse<T>(
        ReadOnlySpan<byte> json, (string Format, int Version) expected, Func<T, (string Format, int Version)> said, string otherwise)
    {
        try
        {
            var file = JsonSerializer.Deserialize<T>(json, JobJson.Options) ?? throw new JsonException("null");
            var (format, version) = said(file);
            return (format, version) == expected
                ? file
                : throw new JsonException(
                    $"its format is \"{format}\", version {version}: expected \"{expected.Format}\", version {expected.Version}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{otherwise}: {e.Message}", e);
        }
    }
}
