using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Sweeps.Actors.Devices;

namespace Sweeps.Orchestrator.Web;

/// <summary>The secret by which a request shows that it may command.</summary>
internal sealed class AccessToken
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _digest;

    private AccessToken(string value, bool isChosen)
    {
        (Value, IsChosen) = (value, isChosen);
        _digest = Digest(value);
    }

    public string Value { get; }

    /// <summary>Whether somebody has chosen it: then it is needed to read, too.</summary>
    public bool IsChosen { get; }

    /// <summary>The token of the options, or a new one of 256 bits.</summary>
    /// <exception cref="WebException">the file of the options cannot be read, or holds no token</exception>
    public static AccessToken Of(HttpOptions options)
    {
        if (options.Token.Length > 0) return new AccessToken(options.Token, isChosen: true);
        if (options.TokenFile.Length == 0)
            return new AccessToken(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), isChosen: false);
        string text;
        try
        {
            text = File.ReadAllText(options.TokenFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WebException($"http.token_file is {options.TokenFile}, which cannot be read: {e.Message}", e);
        }
        return HttpOptions.IsToken(text)
            ? new AccessToken(text, isChosen: true)
            : throw new WebException(
                $"http.token_file is {options.TokenFile}: expected one line of at least 16 visible characters of ASCII, without blanks");
    }

    /// <summary>Whether a header presents it. Takes as long for a wrong token as for the right one.</summary>
    /// <param name="authorization">the header Authorization</param>
    public bool IsIn(StringValues authorization) => authorization is [{ } header]
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Digest(header[Scheme.Length..].Trim()), _digest);

    // Of one length, whatever somebody has sent.
    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
