namespace Sweeps.Contracts;

/// <summary>How digests are written in sweep files.</summary>
internal static class Digests
{
    /// <summary>What is wrong with the option <c>sha256</c>; null when nothing is.</summary>
    internal static string? Problem(string? digest) => digest is null || (digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower))
        ? null
        : $"sha256 is \"{digest}\": expected 64 digits 0 to 9 and a to f, or null";
}
