using System.Net;
using System.Net.Sockets;
using Sweeps.Actors.Devices;

namespace Sweeps.Orchestrator.Web;

/// <summary>The port that the API is served on, taken before anything else begins: what is wrong with it is then said at once.</summary>
internal sealed class WebPort : IDisposable
{
    /// <summary>Ports that are tried in place of the usual one.</summary>
    private const int MostTries = 100;

    private const int Waiting = 512;

    private WebPort(Socket socket, HttpOptions options)
    {
        Socket = socket;
        var at = (IPEndPoint)socket.LocalEndPoint!;
        Address = new HttpAddress(at.Address, at.Port);
        // A browser does not know what to do with 0.0.0.0.
        var host = at.Address.Equals(IPAddress.Any) || at.Address.Equals(IPAddress.IPv6Any)
            ? Environment.MachineName.ToLowerInvariant()
            : at.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{at.Address}]" : at.Address.ToString();
        Url = new UriBuilder(options.Certificate.Length > 0 ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, host, at.Port).Uri;
    }

    public HttpAddress Address { get; }

    public Uri Url { get; }

    /// <summary>Listens already: those who come early wait.</summary>
    public Socket Socket { get; }

    /// <summary>Takes the port.</summary>
    /// <param name="options">valid ones</param>
    /// <returns>null where nothing is to be served</returns>
    /// <exception cref="WebException">it is taken, or is none of this machine's</exception>
    public static WebPort? Take(HttpOptions options)
    {
        if (options.IsOff) return null;
        var address = HttpAddress.Parse(options.Address) ?? throw new WebException($"http.address is '{options.Address}'");
        // Several runs on one machine are usual; who names a port means that one.
        var tries = options.Address == HttpOptions.DefaultAddress ? MostTries : 1;
        for (var port = address.Port; ; port++)
        {
            try
            {
                return new WebPort(Listen(new IPEndPoint(address.Address, port)), options);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && port < address.Port + tries - 1)
            {
                // The next one may be free.
            }
            catch (SocketException e)
            {
                var reason = e.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"another process listens there: expected a free port, 0 for any, or {HttpOptions.Off}"
                    : e.Message;
                throw new WebException($"the API cannot be served at http.address {options.Address}: {reason}", e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();

    private static Socket Listen(IPEndPoint at)
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(at);
            // Bound alone it keeps nobody else from the port.
            socket.Listen(Waiting);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
