using Sweeps.ModelCore.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

internal static class TokenBatchTensors
{
    /// <summary>Inputs and targets as int64 (rows, context), in the current scope.</summary>
    public static (Tensor Tokens, Tensor Targets) ToTensors(this TokenBatch batch, Device device)
    {
        long[] shape = [batch.Rows, batch.Context];
        return (torch.tensor(batch.Inputs, shape, device: device), torch.tensor(batch.Targets, shape, device: device));
    }
}
